import { Buffer } from '#runtime/platform/bytes'
import { BLOCK, encodedPlaces, isEncoded } from './encoded-runs.ts'
import { GRAM_LENGTH, GRAM_STEP, mayHaveGram } from './token-grams.ts'
import { sharesRunAt, type TokenRuns } from './token-runs.ts'

/** The text is copied here piece by piece, because numbers are read from bytes faster than from a text. */
const CHUNK = 340 * GRAM_STEP * GRAM_LENGTH
const chunk = Buffer.alloc(CHUNK + BLOCK)
const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength)

/**
 * Places in the text around which 16 characters of the token may stand, plainly or in base64 or hex. Only what no
 * place is near of is free of them for certain. The bytes are Latin-1: a character beyond it is taken for another,
 * which can only add places to look at, and those are looked at in the text.
 */
export function suspects(text: string, known: TokenRuns, run: RegExp): number[] {
  const places: number[] = []
  for (let start = 0; start < text.length; start += CHUNK) {
    const size = chunk.write(text.slice(start, start + CHUNK), 'latin1')
    chunk.fill(0, size, size + BLOCK)
    addPlain(places, text, { start, size }, known)
    addEncoded(places, text, { start, size }, run)
  }
  return places
}

/** The part of the text that the chunk holds. */
interface Part {
  readonly start: number
  readonly size: number
}

function addPlain(places: number[], text: string, { start, size }: Part, known: TokenRuns): void {
  const { grams } = known
  const parts = [known.payload, known.signature]
  for (let at = 0; at < size; at += GRAM_STEP) {
    if (!mayHaveGram(grams, view.getInt32(at, true))) continue
    if (sharesRunAt(text, start + at, parts)) places.push(start + at)
  }
}

function addEncoded(places: number[], text: string, { start, size }: Part, run: RegExp): void {
  for (let at = 0; at < size; at += BLOCK) {
    const found = encodedPlaces(view.getInt32(at, true), view.getInt32(at + 4, true))
    // In each of the groups that were looked at.
    if (found !== 0 && isEncoded(text, start + at, found, run)) places.push(start + at + 3)
  }
}
