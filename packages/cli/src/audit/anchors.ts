import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { AuditHead } from '@authsec/core/audit'
import { UsageError } from '../output/usage-error.ts'

/** A line that was kept elsewhere. Without `chain` it is of the only log. */
export type Anchor = Omit<AuditHead, 'chain'> & { readonly chain: string | undefined }

const INLINE = /^(?:(?<chain>[\w-]+):)?(?<seq>\d{1,15}):(?<hash>[\da-f]{64})$/

/**
 * Reads `SEQ:HASH`, `CHAIN:SEQ:HASH`, or a file of anchors: `head()` of a log as JSON, several as a list or one a line.
 * A kept line of the log itself is one, too.
 */
export function readAnchors(given: string | undefined, cwd: string): readonly Anchor[] {
  if (given === undefined) return []
  const { chain, seq, hash } = INLINE.exec(given)?.groups ?? {}
  if (seq !== undefined && hash !== undefined) return [{ chain, seq: Number(seq), hash }]
  const values = valuesIn(textOf(given, cwd))
  if (values.length === 0) throw new UsageError('The file of --anchor is empty.')
  return values.map(anchorOf)
}

function textOf(path: string, cwd: string): string {
  try {
    return readFileSync(resolve(cwd, path), 'utf8')
      .replace(/^\uFEFF/, '')
      .trim()
  } catch {
    throw new UsageError('--anchor is neither a file that can be read, nor SEQ:HASH.')
  }
}

function valuesIn(text: string): readonly unknown[] {
  const whole = parsed(text)
  if (whole !== undefined) return Array.isArray(whole) ? whole : [whole]
  return text.split('\n').filter(Boolean).map(parsed)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function anchorOf(value: unknown, index: number): Anchor {
  const { chain, seq, hash } = Object(value)
  const isHash = typeof hash === 'string' && /^[\da-f]{64}$/.test(hash)
  if (
    typeof chain === 'string' &&
    chain !== '' &&
    Number.isSafeInteger(seq) &&
    seq >= 0 &&
    isHash
  ) {
    return { chain, seq, hash }
  }
  throw new UsageError(`Anchor ${index + 1} of --anchor is not { chain, seq, hash }.`)
}

/** The last anchor of a log: a line that is as it was shows that all lines before it are. */
export function anchorOfLog(
  anchors: readonly Anchor[],
  chain: string | undefined,
): AuditHead | undefined {
  if (chain === undefined) return undefined
  return anchors
    .flatMap((anchor) => ((anchor.chain ?? chain) === chain ? [{ ...anchor, chain }] : []))
    .toSorted((a, b) => b.seq - a.seq)[0]
}
