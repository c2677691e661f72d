import type { Scrubber } from './secret-scrubber.ts'

/** Counted while the body is read. */
export interface BodyTotals {
  bytes: number
  redacted: boolean
}

/** A word longer than this is passed on in parts that overlap, so that memory stays bounded. */
const MAX_HELD = 32_768
/** Longer than a client ID and than the run of characters that identifies the token. */
const OVERLAP = 64

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
  const scrub = (text: string): Uint8Array => {
    const clean = scrubber.text(text)
    totals.redacted ||= clean.redacted
    return Buffer.from(clean.value, 'latin1')
  }
  for await (const piece of body) {
    totals.bytes += piece.byteLength
    const text =
      held + Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength).toString('latin1')
    const end = endOfCompleteWords(text)
    held = text.slice(end)
    if (end > 0) yield scrub(text.slice(0, end))
  }
  if (held !== '') yield scrub(held)
}

/** Where the last word begins: it may continue in the next piece. */
function endOfCompleteWords(text: string): number {
  let start = text.length
  while (start > 0 && isWordCharacter(text.charCodeAt(start - 1))) start--
  return text.length - start > MAX_HELD ? text.length - OVERLAP : start
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
