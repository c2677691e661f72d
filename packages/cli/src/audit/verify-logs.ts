import { type AuditProblem, verifyAuditFile } from '@authsec/core/audit'
import { UsageError } from '../output/usage-error.ts'
import { type Anchor, anchorOfLog } from './anchors.ts'
import { type FirstLine, firstLine } from './first-line.ts'
import type { LogFiles } from './log-files.ts'

/** What the verification of one log found. */
export type LogReport = WholeLog | AlteredLog

export interface WholeLog {
  readonly ok: true
  readonly log: string
  readonly files: readonly string[]
  readonly lines: number
  /** The place of the first line in the log: more than 0 where earlier files are not here. */
  readonly firstSeq: number
  /** The last line, as an anchor for the next time. */
  readonly anchor: string
  readonly closed: boolean
  readonly lost: number
  readonly hasKey: boolean
  readonly hasAnchor: boolean
}

export interface AlteredLog {
  readonly ok: false
  readonly log: string
  readonly files: readonly string[]
  /** `unchained`: it was written with `hashChain: false`, or its chain was removed. */
  readonly problem: AuditProblem | 'unchained'
  readonly message: string
  readonly file?: string | undefined
  readonly line?: number | undefined
}

interface Evidence {
  readonly key: string | undefined
  readonly anchors: readonly Anchor[]
}

/** Verifies each log, and finds logs of which an anchor is there and no file. Throws as `verifyAuditFile` does. */
export async function verifyLogs(
  logs: readonly LogFiles[],
  { key, anchors }: Evidence,
): Promise<readonly LogReport[]> {
  if (logs.length > 1 && anchors.some(({ chain }) => chain === undefined)) {
    throw new UsageError('These are several logs. Write --anchor as CHAIN:SEQ:HASH.')
  }
  const reports: LogReport[] = []
  const chains = new Set<string | undefined>([undefined])
  for (const log of logs) {
    const said = await firstLine(log.files[0] ?? '')
    chains.add(said.chain)
    reports.push(await verifyLog(log, said, { key, anchors }))
  }
  const missing = new Set(anchors.map(({ chain }) => chain).filter((chain) => !chains.has(chain)))
  return [...reports, ...[...missing].map((chain) => goneLog(chain ?? ''))]
}

async function verifyLog(
  { name, files }: LogFiles,
  { chain, isUnchained, algorithm }: FirstLine,
  { key, anchors }: Evidence,
): Promise<LogReport> {
  if (isUnchained) return { ok: false, log: name, files, file: files[0], line: 1, ...UNCHAINED }
  if (algorithm === 'hmac-sha256' && key === undefined) {
    throw new UsageError(
      `The log ${name} has a key. Name the variable that holds it: --key-env NAME.`,
    )
  }
  const anchor = anchorOfLog(anchors, chain)
  const result = await verifyAuditFile(files, { key, anchor })
  if (!result.ok) {
    const { problem, line } = result
    const isKeyless = key !== undefined && algorithm === 'sha256'
    const message = isKeyless ? `${result.message} It says that it has no key.` : result.message
    return { ok: false, log: name, files, problem, message, file: result.file, line }
  }
  const { lines, head, closed, lost } = result
  const firstSeq = head.seq - lines + 1
  const last = `${head.chain}:${head.seq}:${head.hash}`
  const evidence = { hasKey: key !== undefined, hasAnchor: anchor !== undefined }
  return { ok: true, log: name, files, lines, firstSeq, anchor: last, closed, lost, ...evidence }
}

const UNCHAINED = {
  problem: 'unchained',
  message: 'The log has no chain, so nothing can be verified.',
} as const

function goneLog(chain: string): AlteredLog {
  const message = 'An anchor names a log of which no file is here.'
  return { ok: false, log: chain.slice(0, 8), files: [], problem: 'missing', message }
}
