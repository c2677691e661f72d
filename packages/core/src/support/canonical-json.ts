import { hash } from '#runtime/platform/hashing'
import { plainJson } from './plain-json.ts'

/** SHA-256 over canonical JSON, as 64 hex digits. Throws `NotPlainJsonError` for what JSON does not represent exactly. */
export function digestOf(value: unknown): string {
  return hash('sha256', canonicalJson(value))
}

// Without 0, 1, I, L and O, which are easily confused.
const LETTERS = 'ABCDEFGHJKMNPQRSTUVWXYZ'

/**
 * Six characters that a person can compare on two screens (CIBA Core 7.1, `binding_message`). The first is
 * a letter: a digit would change places with right-to-left text before it (UAX 9).
 */
export function shortCode(digest: string): string {
  let code = ''
  for (let index = 0; index < 6; index++) {
    const alphabet = index === 0 ? LETTERS : `23456789${LETTERS}`
    code += alphabet[Number.parseInt(digest.slice(index * 4, index * 4 + 4), 16) % alphabet.length]
  }
  return code
}

/**
 * RFC 8785 in so far as JSON from `JSON.stringify` needs it: keys in code unit order, no spaces. Different
 * values have different texts: what JSON does not represent exactly is refused with `NotPlainJsonError`.
 */
export function canonicalJson(value: unknown): string {
  return textOf(plainJson(value))
}

function textOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(textOf).join(',')}]`
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${textOf(item)}`).join(',')}}`
}
