import { hasLongWord } from './token-runs.ts'

/** Forms of a secret that a comparison of texts does not find. */

const ESCAPE =
  /\\+u([0-9a-f]{4})|\\+x([0-9a-f]{2})|%([0-9a-f]{2})|&#x([0-9a-f]{1,6});|&#([0-9]{1,7});/gi
const MAX_NESTING = 3

/** The text with JSON, percent and HTML escapes decoded, also nested ones; `undefined` when it has none. */
export function unescaped(text: string): string | undefined {
  let current = text
  for (let depth = 0; depth < MAX_NESTING && mayHaveEscape(current); depth++) {
    const next = current.replace(ESCAPE, (_all, ...groups: (string | undefined)[]) => {
      const hex = groups.slice(0, 4).find((digits) => digits !== undefined)
      const code = hex === undefined ? Number(groups[4]) : Number.parseInt(hex, 16)
      return code <= 0x10ffff ? String.fromCodePoint(code) : ''
    })
    if (next === current) break
    current = next
  }
  return current === text ? undefined : current
}

function mayHaveEscape(text: string): boolean {
  return text.includes('%') || text.includes('\\') || text.includes('&#')
}

/** Long enough to hold a run of the token in base64; hex is longer. */
export const ENCODED_WORD = /[\w+/-]{22,}={0,2}/g

/** The texts that a long word can encode in base64 (from each of four offsets) or hex. Binary data is left out. */
export function decodedForms(word: string): string[] {
  const forms = [0, 1, 2, 3].map((offset) => Buffer.from(word.slice(offset), 'base64'))
  if (/^[0-9a-f]{32,}$/i.test(word)) forms.push(Buffer.from(word, 'hex'))
  return forms.map((bytes) => bytes.toString('latin1')).filter(mayHide)
}

/** Whether a text has a word of 16 characters, or an escape, in which one could be. */
function mayHide(text: string): boolean {
  return hasLongWord(text) || (mayHaveEscape(text) && unescaped(text) !== undefined)
}

/** Whether `isSecret` finds something in the text, or in what can be decoded from it, also nested. */
export function hides(
  text: string,
  isSecret: (text: string) => boolean,
  depth = MAX_NESTING,
): boolean {
  if (isSecret(text)) return true
  if (depth === 0) return false
  const plain = unescaped(text)
  if (plain !== undefined && hides(plain, isSecret, depth - 1)) return true
  const words = text.match(ENCODED_WORD) ?? []
  return words.some((word) => decodedForms(word).some((form) => hides(form, isSecret, depth - 1)))
}
