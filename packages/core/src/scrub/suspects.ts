import { hidesBase64, hidesHex } from './encoded-runs.ts'
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
      else if (at % 16 === 0 && mayEncode(low, high) && isEncoded(text, place)) {
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
  return first | second | third | hexRole
})

/**
 * Whether printable text may be encoded here. 16 encoded characters fill four groups of base64 at least, and one of
 * any four groups in a row begins at the first, second, third or fourth place of a block of 16.
 */
function mayEncode(low: number, high: number): boolean {
  const a = roles[low & 255] ?? 0
  const b = roles[(low >>> 8) & 255] ?? 0
  const c = roles[(low >>> 16) & 255] ?? 0
  const d = roles[low >>> 24] ?? 0
  const e = roles[high & 255] ?? 0
  const f = roles[(high >>> 8) & 255] ?? 0
  const isGroup = a & (b >>> 1) & (c >>> 2) & FIRST
  const isSecondGroup = b & (c >>> 1) & (d >>> 2) & FIRST
  const isThirdGroup = c & (d >>> 1) & (e >>> 2) & FIRST
  const isFourthGroup = d & (e >>> 1) & (f >>> 2) & FIRST
  const isHex = ((a & c & e) | (b & d & f)) & HEX_DIGIT
  return (isGroup | isSecondGroup | isThirdGroup | isFourthGroup | isHex) !== 0
}

function isEncoded(text: string, block: number): boolean {
  for (let place = block; place < block + 4; place++) {
    if (hidesBase64(text, place)) return true
  }
  return hidesHex(text, block) || hidesHex(text, block + 1)
}
