import { readAnchors } from '../audit/anchors.ts'
import { keyFrom } from '../audit/chain-key.ts'
import { logsAt } from '../audit/log-files.ts'
import { type AlteredLog, type LogReport, verifyLogs, type WholeLog } from '../audit/verify-logs.ts'
import { printFailure } from '../output/failure.ts'
import type { Io } from '../output/io.ts'
import { json, paint, printable, rows } from '../output/text.ts'
import { UsageError } from '../output/usage-error.ts'

export interface AuditVerifyFlags {
  readonly keyEnv?: string | undefined
  readonly anchor?: string | undefined
  readonly json?: boolean | undefined
}

/** Verifies logs. Returns 0 when each is whole, and 1 when one is not or cannot be read. */
export async function auditVerify(
  paths: readonly string[],
  flags: AuditVerifyFlags,
  io: Io,
): Promise<number> {
  const asJson = flags.json ?? false
  const logs = logsAt(paths, io.cwd)
  const key = keyFrom(flags.keyEnv, io.env, '--key-env')
  const anchors = readAnchors(flags.anchor, io.cwd)
  try {
    const reports = await verifyLogs(logs, { key, anchors })
    const ok = reports.every((report) => report.ok)
    if (asJson) io.out(json({ ok, logs: reports }))
    else for (const report of reports) io.out(textOf(report, io))
    return ok ? 0 : 1
  } catch (error) {
    if (error instanceof UsageError) throw error
    return printFailure(error, asJson, io)
  }
}

function textOf(report: LogReport, io: Io): string {
  return report.ok ? wholeText(report, io) : alteredText(report, io)
}

function wholeText(report: WholeLog, io: Io): string {
  const { log, lines, files, closed, lost, firstSeq, anchor, hasAnchor, hasKey } = report
  const parts: (readonly [string, string])[] = [
    ['end', closed ? 'closing line' : 'no closing line: its process still runs, or has crashed'],
    ['anchor', anchor],
  ]
  if (firstSeq > 0) parts.push(['begins', `after ${count(firstSeq, 'line')} that are not here`])
  if (lost > 0) parts.push(['lost', `${count(lost, 'record')} could not be written`])
  const unproved = unprovedBy({ hasKey, hasAnchor })
  if (unproved !== undefined) parts.push(['note', unproved])
  const head = paint(io, 'good', `whole  ${printable(log)}`)
  return `${head}  ${count(lines, 'line')} in ${count(files.length, 'file')}\n${inset(parts)}`
}

/** What the evidence that was given cannot find. */
function unprovedBy({
  hasKey,
  hasAnchor,
}: Pick<WholeLog, 'hasKey' | 'hasAnchor'>): string | undefined {
  if (hasAnchor) return undefined
  if (hasKey) return 'without --anchor, a cut end is not found'
  return 'without a key or --anchor, neither a cut end nor a chain that was made anew is found'
}

const MEANINGS: Readonly<Record<AlteredLog['problem'], string>> = {
  edited: 'Somebody or something altered the file after it was written.',
  missing: 'Lines, or whole files, were removed or are not given here.',
  reordered: 'Lines were moved or repeated, or the files are not in their order.',
  foreign: 'Lines of another log, or of none, were put in, or the files are of several logs.',
  truncated: 'The end was cut off.',
  torn: 'The process ended while it wrote, or the end was cut off. The lines before are as they were written.',
  unchained: 'It was written with `hashChain: false`, or its chain was removed.',
}

function alteredText({ log, problem, message, file, line }: AlteredLog, io: Io): string {
  const parts: (readonly [string, string])[] = [
    ['what', printable(message)],
    ['means', MEANINGS[problem]],
  ]
  if (file !== undefined) parts.unshift(['where', `${printable(file)}, line ${line ?? 1}`])
  return `${paint(io, 'bad', `${problem}  ${printable(log)}`)}\n${inset(parts)}`
}

function inset(parts: readonly (readonly [string, string])[]): string {
  return rows(parts).replaceAll(/^(?=.)/gm, '  ')
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
