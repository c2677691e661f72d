import { Buffer } from '#runtime/platform/bytes'
import type { Scrubber } from './secret-scrubber.ts'

/** Counted while the body is read. */
export interface BodyTotals {
  bytes: number
  redacted: boolean
}

/** A word longer than this is passed on in parts, so that memory stays bounded. */
export const MAX_HELD = 32_768
/** So much of such a word is held back, and looked at again with what follows: more than the longest disguise of a client ID or of 16 characters of the token. */
const OVERLAP = 2_048

/**
 * Removes the live token and the client ID from a body, wherever its pieces were cut. Bytes are read as
 * Latin-1, which is lossless, and both secrets are ASCII. Binary bodies therefore pass unchanged.
 */
export async function* scrubbedBody(
  body: AsyncIterable<Uint8Array>,
  scrubber: Scrubber,
  totals: BodyTotals,
): AsyncGenerator<Uint8Array> {
  let held = ''
  const scrub = (text: string): string => {
    const clean = scrubber.text(text)
    totals.redacted ||= clean.redacted
    return clean.value
  }
  for await (const piece of body) {
    totals.bytes += piece.byteLength
    const text =
      held + Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength).toString('latin1')
    const word = startOfLastWord(text)
    const end = word - scrubber.openEnd(text.slice(0, word))
    const isTooLong = text.length - end > MAX_HELD
    const clean = scrub(isTooLong ? text : text.slice(0, end))
    const kept = isTooLong ? sameAtEnd(text, clean) : 0
    held = text.slice(isTooLong ? text.length - kept : end)
    if (clean.length > kept) yield Buffer.from(clean.slice(0, clean.length - kept), 'latin1')
  }
  if (held !== '') yield Buffer.from(scrub(held), 'latin1')
}

/** How many characters at the end, at most `OVERLAP`, scrubbing left as they were: a secret may begin among them. */
function sameAtEnd(text: string, clean: string): number {
  const most = Math.min(OVERLAP, clean.length)
  let count = 0
  while (count < most && text.at(-1 - count) === clean.at(-1 - count)) count++
  return count
}

/** The last word may continue in the next piece. */
function startOfLastWord(text: string): number {
  let start = text.length
  while (start > 0 && isWordCharacter(text.charCodeAt(start - 1))) start--
  return start
}

const SIGNS: ReadonlySet<number> = new Set(
  Array.from('_-.+/=\\%&#;~', (sign) => sign.charCodeAt(0)),
)

/** A character that can be part of a written secret: a letter, a digit, or a sign of JWT, base64 or an escape. */
function isWordCharacter(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x30 && code <= 0x39) ||
    SIGNS.has(code)
  )
}
