import { Buffer } from '#runtime/platform/bytes'
import { fingerprint } from '../support/fingerprint.ts'

/** Tokens in texts that are kept: as they are, with another dot, or encoded as a whole. */

const DOT = String.raw`(?:\.|%(?:25)*2[eE]|\\+u002[eE]|&#(?:46|[xX]2[eE]);)`
const TOKEN = new RegExp(String.raw`eyJ[\w-]{10,}${DOT}eyJ[\w-]{10,}(?:${DOT}[\w-]*)*`, 'g')
/** What a token of 30 characters needs in base64 at least; in hex it is longer. A UUID is shorter. */
const ENCODED = /[\w+/-]{40,}={0,2}/g
const LEAST_ENCODED = 40
const MAX_NESTING = 3

/** The text with its fingerprint in place of each token. */
export function withoutTokens(text: string): string {
  return text.includes('eyJ') ? text.replace(TOKEN, (token) => fingerprint('tok', token)) : text
}

/** The text with its fingerprint in place of each word that a token can be decoded from: base64 or hex, also nested. */
export function withoutEncodedTokens(text: string): string {
  if (text.length < LEAST_ENCODED) return text
  return text.replace(ENCODED, (word) => {
    const token = tokenIn(word, MAX_NESTING)
    return token === undefined ? word : fingerprint('tok', token)
  })
}

function tokenIn(word: string, depth: number): string | undefined {
  for (const form of decodedForms(word)) {
    const [token] = form.match(TOKEN) ?? []
    if (token !== undefined) return token
    if (depth === 1) continue
    for (const inner of form.match(ENCODED) ?? []) {
      const nested = tokenIn(inner, depth - 1)
      if (nested !== undefined) return nested
    }
  }
  return undefined
}

/** Of base64 the text may begin in another word, such as after a slash of a path. */
function decodedForms(word: string): string[] {
  const isHex = /^[0-9a-f]+$/i.test(word)
  const offsets = isHex ? [0, 1] : [0, 1, 2, 3]
  return offsets.map((from) =>
    Buffer.from(word.slice(from), isHex ? 'hex' : 'base64').toString('latin1'),
  )
}
