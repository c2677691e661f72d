import { SECRET_RUN, tableOf } from './secret-characters.ts'

/** Looks closely at a place where something may be encoded, at a bounded distance to both sides. */

const GROUP = 4
const RUN = 4 * GROUP
/** Groups to each side within which 16 bytes around the place are found. */
const REACH = 5 * GROUP

const inBase64 = tableOf((code) => /[\w+/-]/.test(String.fromCharCode(code)))
const inHex = tableOf((code) => /[0-9a-f]/i.test(String.fromCharCode(code)))
/** The first character of a group that stands for a printable byte. */
const beginsPrintable = tableOf((code) => /[I-Za-f]/.test(String.fromCharCode(code)))

/** Whether the character at a place is one of 16 in a row with which base64 and hex are written. */
export function hasLongRun(text: string, place: number): boolean {
  let end = place
  while (end < place + RUN && inBase64[text.charCodeAt(end)] === 1) end++
  let start = place
  while (end - start < RUN && inBase64[text.charCodeAt(start - 1)] === 1) start--
  return end - start >= RUN
}

/** Whether the group of base64 at a place belongs to 16 encoded characters that can be of a secret. */
export function hidesBase64(text: string, place: number): boolean {
  if (!isPrintableGroup(text, place)) return false
  let first = place
  while (place - first < REACH && isPrintableGroup(text, first - GROUP)) first -= GROUP
  let last = place
  while (last - place < REACH && isPrintableGroup(text, last + GROUP)) last += GROUP
  if (last - first < 3 * GROUP) return false
  // A byte or two can be in a group whose other bytes are something else.
  const start = isGroup(text, first - GROUP) ? first - GROUP : first
  const encoded = text.slice(start, lastOfBase64(text, last + GROUP, last + 2 * GROUP))
  return SECRET_RUN.test(Buffer.from(encoded, 'base64').toString('latin1'))
}

function isPrintableGroup(text: string, place: number): boolean {
  return beginsPrintable[text.charCodeAt(place)] === 1 && isGroup(text, place)
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
export function hidesHex(text: string, place: number): boolean {
  const reach = 32
  let first = place
  while (place - first < reach && isPrintableHex(text, first - 2)) first -= 2
  let end = place
  while (end - place < reach && isPrintableHex(text, end)) end += 2
  if (end - first < reach) return false
  return SECRET_RUN.test(Buffer.from(text.slice(first, end), 'hex').toString('latin1'))
}

function isPrintableHex(text: string, place: number): boolean {
  const first = text.charCodeAt(place)
  return first >= 0x32 && first <= 0x37 && inHex[text.charCodeAt(place + 1)] === 1
}
