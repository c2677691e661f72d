import { Buffer } from '#runtime/platform/bytes'
import { LETTERS_AND_DIGITS, tableOf } from './secret-characters.ts'

/**
 * Finds where something may be encoded: first by the characters at one place of each block, then closely, at a bounded
 * distance to both sides.
 */

/** 16 encoded characters are at least 22 of base64 or 32 of hex, which hold the first seven of one block. */
export const BLOCK = 16
const GROUP = 4
/** Groups to each side within which 16 bytes around the place are found. */
const REACH = 5 * GROUP

const inBase64 = tableOf(`${LETTERS_AND_DIGITS}_+/-`)
const inHex = tableOf('0123456789abcdefABCDEF')

/** Bits for a byte of the text: what it can be in base64 or hex of printable text. */
const FIRST = 1
const SECOND = 2
const THIRD = 4
const HEX_DIGIT = 8
/** The highest bit: a chain of four roles that ends with it leaves no other bit than the lowest. */
const FOURTH = 16

/** Printable bytes are 0x20 to 0x7f. Base64 writes three of them in four characters, hex each in two. */
const roles = new Uint8Array(256)
for (const [value, character] of [...`${LETTERS_AND_DIGITS}+/`].entries()) {
  const first = value >= 8 && value < 32 ? FIRST : 0
  const second = (value & 15) >= 2 && (value & 15) < 8 ? SECOND : 0
  const third = (value & 3) < 2 ? THIRD : 0
  const hexRole = character >= '2' && character <= '7' ? HEX_DIGIT : 0
  const codes = [character, { '+': '-', '/': '_' }[character] ?? character]
  for (const code of codes) roles[code.charCodeAt(0)] = first | second | third | hexRole | FOURTH
}

/** Bits of `encodedPlaces` for a pair of hex digits at the first place, and at the second. */
const EVEN_HEX = 16
const ODD_HEX = 32

/**
 * Where in a block of 16 printable text may be encoded: a bit for each of four groups of base64, and two for hex. 16
 * encoded characters fill four groups of base64 at least, and one of any four groups in a row begins at the first,
 * second, third or fourth place of a block. All of them, and hex, take in the fourth place.
 */
export function encodedPlaces(low: number, high: number): number {
  const a = roles[low & 255] ?? 0
  const d = roles[low >>> 24] ?? 0
  const g = roles[(high >>> 16) & 255] ?? 0
  if (a === 0 || d === 0 || g === 0) return 0
  const b = roles[(low >>> 8) & 255] ?? 0
  const c = roles[(low >>> 16) & 255] ?? 0
  const e = roles[high & 255] ?? 0
  const f = roles[(high >>> 8) & 255] ?? 0
  const first = a & (b >>> 1) & (c >>> 2) & (d >>> 4)
  const second = b & (c >>> 1) & (d >>> 2) & (e >>> 4)
  const third = c & (d >>> 1) & (e >>> 2) & (f >>> 4)
  const fourth = d & (e >>> 1) & (f >>> 2) & (g >>> 4)
  const evenHex = a & c & e & HEX_DIGIT
  const oddHex = b & d & f & HEX_DIGIT
  const groups = first | (second << 1) | (third << 2) | (fourth << 3)
  return groups | (evenHex << 1) | (oddHex << 2)
}

/** Whether one of the places of a block, as `encodedPlaces` tells them, belongs to encoded text that can be of a secret. */
export function isEncoded(text: string, block: number, places: number, run: RegExp): boolean {
  for (let offset = 0; offset < GROUP; offset++) {
    if ((places & (1 << offset)) !== 0 && hidesBase64(text, block + offset, run)) return true
  }
  if ((places & EVEN_HEX) !== 0 && hidesHex(text, block, run)) return true
  return (places & ODD_HEX) !== 0 && hidesHex(text, block + 1, run)
}

/** Whether the group of base64 at a place belongs to 16 encoded characters that can be of a secret. */
function hidesBase64(text: string, place: number, run: RegExp): boolean {
  if (!isPrintableGroup(text, place)) return false
  let first = place
  while (place - first < REACH && isPrintableGroup(text, first - GROUP)) first -= GROUP
  let last = place
  while (last - place < REACH && isPrintableGroup(text, last + GROUP)) last += GROUP
  if (last - first < 3 * GROUP) return false
  // A byte or two can be in a group whose other bytes are something else.
  const start = isGroup(text, first - GROUP) ? first - GROUP : first
  const encoded = text.slice(start, lastOfBase64(text, last + GROUP, last + 2 * GROUP))
  return run.test(Buffer.from(encoded, 'base64').toString('latin1'))
}

/** Four characters of base64 that stand for three printable bytes. */
function isPrintableGroup(text: string, place: number): boolean {
  const a = roles[text.charCodeAt(place)] ?? 0
  if ((a & FIRST) === 0) return false
  const b = roles[text.charCodeAt(place + 1)] ?? 0
  const c = roles[text.charCodeAt(place + 2)] ?? 0
  const d = roles[text.charCodeAt(place + 3)] ?? 0
  return (a & (b >>> 1) & (c >>> 2) & (d >>> 4)) !== 0
}

function isGroup(text: string, place: number): boolean {
  for (let at = place; at < place + GROUP; at++) {
    if (inBase64[text.charCodeAt(at)] !== 1) return false
  }
  return true
}

function lastOfBase64(text: string, from: number, to: number): number {
  let end = from
  while (end < to && inBase64[text.charCodeAt(end)] === 1) end++
  return end
}

/** Whether the two hex digits at a place belong to 16 encoded characters that can be of a secret. */
function hidesHex(text: string, place: number, run: RegExp): boolean {
  const reach = 32
  let first = place
  while (place - first < reach && isPrintableHex(text, first - 2)) first -= 2
  let end = place
  while (end - place < reach && isPrintableHex(text, end)) end += 2
  if (end - first < reach) return false
  return run.test(Buffer.from(text.slice(first, end), 'hex').toString('latin1'))
}

function isPrintableHex(text: string, place: number): boolean {
  const first = text.charCodeAt(place)
  return first >= 0x32 && first <= 0x37 && inHex[text.charCodeAt(place + 1)] === 1
}
