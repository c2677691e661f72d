import { Buffer } from '#runtime/platform/bytes'
import { LETTERS_AND_DIGITS, PRINTABLE_RUN, SECRET_RUN, tableOf } from './secret-characters.ts'
import { hasLongWord, RUN_LENGTH } from './token-runs.ts'

/** Forms of a secret that a comparison of texts does not find. */

const ESCAPE = /\\+u[0-9a-f]{4}|\\+x[0-9a-f]{2}|%[0-9a-f]{2}|&#x[0-9a-f]{1,6};|&#[0-9]{1,7};/gi
const MAX_NESTING = 3

/** The text with JSON, percent and HTML escapes decoded, also nested ones; `undefined` when it has none. */
export function unescaped(text: string): string | undefined {
  let current = text
  for (let depth = 0; depth < MAX_NESTING && mayHaveEscape(current); depth++) {
    const next = current.replace(ESCAPE, decodedEscape)
    if (next === current) break
    current = next
  }
  return current === text ? undefined : current
}

/** The character of one match of `ESCAPE`. Only the last two of its forms can name one that there is not. */
function decodedEscape(written: string): string {
  if (written.startsWith('%')) return fromHex(written, 1)
  if (written.startsWith('\\')) return fromHex(written, written.lastIndexOf('\\') + 2)
  const isHex = written[2] === 'x' || written[2] === 'X'
  const code = isHex ? Number.parseInt(written.slice(3), 16) : Number.parseInt(written.slice(2), 10)
  return code <= 0x10ffff ? String.fromCodePoint(code) : ''
}

function fromHex(written: string, start: number): string {
  return String.fromCharCode(Number.parseInt(written.slice(start), 16))
}

export function mayHaveEscape(text: string): boolean {
  return text.includes('%') || text.includes('\\') || text.includes('&#')
}

/**
 * One escape can be cut up by another, so every character that belongs to an escape is taken in. A short escape
 * of JSON is passed over; `\b` before hex digits is taken for the beginning of a client ID.
 */
export const ESCAPED_WORD = /\\(?:[nrt"/]|[bf](?![0-9a-f]{3}))|(?:[\w.~%&#;-]|\\+(?=[ux]))+/gi
const inEscapedWord = tableOf(`${LETTERS_AND_DIGITS}_.~%&#;\\-`)

/** An escape of a printable character. The others, such as that of a letter with an accent, are in no secret. */
const PRINTABLE_ESCAPE = /\\(?:u00|x)[2-7]|%[2-7]|&#/gi

/** Places of escapes in words that decode to something long enough to be of a secret. */
export function escapedPlaces(text: string, run: RegExp): number[] {
  if (!mayHaveEscape(text)) return []
  const places: number[] = []
  PRINTABLE_ESCAPE.lastIndex = 0
  for (let match = PRINTABLE_ESCAPE.exec(text); match; match = PRINTABLE_ESCAPE.exec(text)) {
    const { index } = match
    let start = index
    while (inEscapedWord[text.charCodeAt(start - 1)] === 1) start--
    let end = index + 1
    while (inEscapedWord[text.charCodeAt(end)] === 1) end++
    if (end - start >= RUN_LENGTH && mayHideEscaped(text.slice(start, end), run)) places.push(index)
    PRINTABLE_ESCAPE.lastIndex = end
  }
  return places
}

function mayHideEscaped(word: string, run: RegExp): boolean {
  const parts = word.match(ESCAPED_WORD) ?? []
  return parts.some((part) => run.test(unescaped(part) ?? ''))
}

/** Long enough to hold a run of the token in base64; hex is longer. */
export const ENCODED_WORD = /[\w+/-]{22,}={0,2}/g

/** The texts that a long word can encode in base64 (from each of four offsets) or hex. Binary data is left out. */
export function decodedForms(word: string, run: RegExp): string[] {
  const forms = [0, 1, 2, 3].map((offset) => Buffer.from(word.slice(offset), 'base64'))
  if (/^[0-9a-f]{32,}$/i.test(word)) forms.push(Buffer.from(word, 'hex'))
  return forms.map((bytes) => bytes.toString('latin1')).filter((text) => mayHide(text, run))
}

/** Whether a text has a run of 16 characters, or an escape, in which one could be. */
function mayHide(text: string, run: RegExp): boolean {
  if (run === PRINTABLE_RUN && run.test(text)) return true
  return hasLongWord(text) || (mayHaveEscape(text) && unescaped(text) !== undefined)
}

/** Whether `isSecret` finds something in the text, or in what can be decoded from it, also nested. */
export function hides(
  text: string,
  isSecret: (text: string) => boolean,
  run = SECRET_RUN,
  depth = MAX_NESTING,
): boolean {
  if (isSecret(text)) return true
  if (depth === 0) return false
  const plain = unescaped(text)
  if (plain !== undefined && hides(plain, isSecret, run, depth - 1)) return true
  const words = text.match(ENCODED_WORD) ?? []
  return words.some((word) =>
    decodedForms(word, run).some((form) => hides(form, isSecret, run, depth - 1)),
  )
}
