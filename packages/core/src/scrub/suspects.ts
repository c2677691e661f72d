import { hasLongRun, hidesBase64, hidesHex } from './encoded-runs.ts'
import { tableOf } from './secret-characters.ts'
import { GRAM_LENGTH, mayHaveGram } from './token-grams.ts'
import { sharesRunAt, type TokenRuns } from './token-runs.ts'

/** The text is copied here piece by piece, because numbers are read from bytes faster than from a text. */
const CHUNK = 16_384
const chunk = Buffer.alloc(CHUNK + GRAM_LENGTH)
const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength)

/**
 * Places in the text around which 16 characters of the token may stand, plainly or in base64 or hex. Only what no
 * place is near of is free of them for certain. The bytes are Latin-1: a character beyond it is taken for another,
 * which can only add places to look at, and those are looked at in the text.
 */
export function suspects(text: string, known: TokenRuns): number[] {
  const places: number[] = []
  const parts = [known.payload, known.signature]
  for (let start = 0; start < text.length; start += CHUNK) {
    const size = chunk.write(text.slice(start, start + CHUNK), 'latin1')
    view.setInt32(size, 0)
    view.setInt32(size + 4, 0)
    for (let at = 0; at < size; at += GRAM_LENGTH) {
      const low = view.getInt32(at, true)
      const high = view.getInt32(at + 4, true)
      const place = start + at
      if (mayHaveGram(known.grams, low, high) && sharesRunAt(text, place, parts)) places.push(place)
      else if (at % 16 === 0 && isEncoded(text, place, encodedPlaces(low, high))) {
        // In each of the groups that were looked at.
        places.push(place + 3)
      }
    }
  }
  return places
}

/** Bits for a byte of the text: what it can be in base64 or hex of printable text. */
const FIRST = 1
const SECOND = 2
const THIRD = 4
const HEX_DIGIT = 8
/** The highest bit: a chain of four roles that ends with it leaves no other bit than the lowest. */
const FOURTH = 16

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** Printable bytes are 0x20 to 0x7f. Base64 writes three of them in four characters, hex each in two. */
const roles = tableOf(() => false).map((_, code) => {
  const character = String.fromCharCode(code).replace('-', '+').replace('_', '/')
  const value = BASE64.indexOf(character)
  const hexRole = /[2-7]/.test(character) ? HEX_DIGIT : 0
  if (value < 0) return hexRole
  const first = value >= 8 && value < 32 ? FIRST : 0
  const second = (value & 15) >= 2 && (value & 15) < 8 ? SECOND : 0
  const third = (value & 3) < 2 ? THIRD : 0
  return first | second | third | hexRole | FOURTH
})

/** Bits of `encodedPlaces` for a pair of hex digits at the first place, and at the second. */
const EVEN_HEX = 16
const ODD_HEX = 32

/**
 * Where in a block of 16 printable text may be encoded: a bit for each of four groups of base64, and two for hex. 16
 * encoded characters fill four groups of base64 at least, and one of any four groups in a row begins at the first,
 * second, third or fourth place of a block. All of them, and hex, take in the fourth place.
 */
function encodedPlaces(low: number, high: number): number {
  const d = roles[low >>> 24] ?? 0
  if (d === 0) return 0
  const a = roles[low & 255] ?? 0
  const b = roles[(low >>> 8) & 255] ?? 0
  const c = roles[(low >>> 16) & 255] ?? 0
  const e = roles[high & 255] ?? 0
  const f = roles[(high >>> 8) & 255] ?? 0
  const g = roles[(high >>> 16) & 255] ?? 0
  const first = a & (b >>> 1) & (c >>> 2) & (d >>> 4)
  const second = b & (c >>> 1) & (d >>> 2) & (e >>> 4)
  const third = c & (d >>> 1) & (e >>> 2) & (f >>> 4)
  const fourth = d & (e >>> 1) & (f >>> 2) & (g >>> 4)
  const evenHex = a & c & e & HEX_DIGIT
  const oddHex = b & d & f & HEX_DIGIT
  const groups = first | (second << 1) | (third << 2) | (fourth << 3)
  return groups | (evenHex << 1) | (oddHex << 2)
}

function isEncoded(text: string, block: number, places: number): boolean {
  if (places === 0 || !hasLongRun(text, block + 3)) return false
  for (let offset = 0; offset < 4; offset++) {
    if ((places & (1 << offset)) !== 0 && hidesBase64(text, block + offset)) return true
  }
  if ((places & EVEN_HEX) !== 0 && hidesHex(text, block)) return true
  return (places & ODD_HEX) !== 0 && hidesHex(text, block + 1)
}
