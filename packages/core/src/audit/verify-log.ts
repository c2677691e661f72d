import { Buffer } from '#runtime/platform/bytes'
import type { FileLine } from '../files/file-lines.ts'
import { checkOptions, invalidOption } from '../options/option-checks.ts'
import { isText, optionalObject, required, uncheckedHere } from '../options/option-values.ts'
import { readRandomKey } from '../options/sealing-keys.ts'
import { createChainCheck } from './chain-check.ts'
import { type AuditHead, fieldsOf, hasEnd } from './hash-chain.ts'
import type { AuditVerification, VerifyOptions } from './verification.ts'

/**
 * Verifies the lines of one log, from the beginning of one of its files on.
 *
 * Without a key it finds accidents, and edits that left the hashes as they were: whoever may write the log can
 * make them anew. With a key it finds every line that was altered, inserted, removed or moved by somebody
 * without the key. Only an `anchor` that was kept elsewhere shows that nothing was cut off at the end, and,
 * without a key, that the chain was not made anew as a whole.
 *
 * @param lines - Without their newlines. A last one that is incomplete counts as `torn`.
 * @throws ConfigError - `config_missing` or `config_invalid` for options that cannot be used, and for a log with
 * a key when none is given.
 *
 * @example
 * ```ts
 * import { verifyAuditLog } from '@authsec/core/audit'
 *
 * export async function check(text: string): Promise<string> {
 *   const result = await verifyAuditLog(text.trimEnd().split('\n'))
 *   return result.ok ? `${result.lines} lines` : `line ${result.line}: ${result.message}`
 * }
 * ```
 */
export function verifyAuditLog(
  lines: Iterable<string> | AsyncIterable<string>,
  options: VerifyOptions = {},
): Promise<AuditVerification> {
  return verifyLines(bytesOf(lines), options)
}

async function* bytesOf(lines: Iterable<string> | AsyncIterable<string>): AsyncGenerator<FileLine> {
  let before: string | undefined
  for await (const line of lines) {
    if (before !== undefined) yield { bytes: Buffer.from(before), isEnded: true }
    before = line
  }
  if (before !== undefined) yield last(Buffer.from(before))
}

/** A text does not say whether a newline followed. */
function last(bytes: Uint8Array): FileLine {
  return { bytes, isEnded: hasEnd(bytes) }
}

export async function verifyLines(
  lines: AsyncIterable<FileLine>,
  options: VerifyOptions,
): Promise<AuditVerification> {
  const { key, anchor } = checked(options)
  const check = createChainCheck({ key, anchor })
  let isFirst = true
  for await (const line of lines) {
    if (isFirst) refuseWithoutKey(line.bytes, key)
    isFirst = false
    check.add(line)
  }
  return check.result()
}

function checked(options: VerifyOptions): {
  key: Uint8Array | undefined
  anchor: AuditHead | undefined
} {
  checkOptions<VerifyOptions>(options, 'the options of the verification', {
    key: uncheckedHere,
    anchor: optionalObject,
  })
  const { key, anchor } = options
  if (anchor) {
    checkOptions<AuditHead>(anchor, 'anchor', anchorChecks, 'anchor.')
  }
  return { key: key === undefined ? undefined : readRandomKey(key, 'key'), anchor }
}

const anchorChecks = {
  chain: isText,
  seq: required((value) => Number.isSafeInteger(value) && Number(value) >= 0, 'a whole number'),
  hash: required((value) => /^[0-9a-f]{64}$/.test(String(value)), '64 hex digits'),
}

/** A forgotten key is no tampering. */
function refuseWithoutKey(line: Uint8Array, key: Uint8Array | undefined): void {
  if (key !== undefined || fieldsOf(line)['algorithm'] !== 'hmac-sha256') return
  throw invalidOption('key', 'is needed: the log says that it has one', 'Pass the key of the log.')
}
