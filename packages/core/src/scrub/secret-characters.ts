/** Which characters a secret is written with, however it is disguised. */

export const LETTERS_AND_DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** Whether a code of Latin-1 is a letter, a digit, or a sign of JWT, base64 or an escape. */
const inSecrets = tableOf(`${LETTERS_AND_DIGITS}_-.+/=\\%&#;~`)

function isSecretCharacter(code: number): boolean {
  return inSecrets[code] === 1
}

/** A run of them that is long enough for 16 characters of a token. Everything that is disguised decodes to one. */
export const SECRET_RUN = /[\w+./=\\%&#;~-]{16}/
/** The same for secrets that have other characters, such as `!` or a space. */
export const PRINTABLE_RUN = /[\t\x20-\x7e]{16}/

/** For each code of Latin-1, 1 where its character is one of these. Made while the package is imported, so without patterns. */
export function tableOf(characters: string): Uint8Array {
  const table = new Uint8Array(256)
  for (const character of characters) table[character.charCodeAt(0)] = 1
  return table
}

/** The end of the run of these characters that begins at a place. */
export function endOfWord(text: string, place: number): number {
  let end = place
  while (end < text.length && isSecretCharacter(text.charCodeAt(end))) end++
  return end
}

/** The beginning of the run of these characters that ends at a place. */
export function startOfWord(text: string, place: number): number {
  let start = place
  while (start > 0 && isSecretCharacter(text.charCodeAt(start - 1))) start--
  return start
}
