import type { DelegationToken } from '../token/delegation-token.ts'

export const RUN_LENGTH = 16

/** The token's 16-character runs, of payload and signature; the header is the same for every token. */
export type TokenRuns = ReadonlySet<string>

const cache = new WeakMap<DelegationToken, TokenRuns>()

export function tokenRuns(token: DelegationToken): TokenRuns {
  const cached = cache.get(token)
  if (cached) return cached
  const set = new Set<string>()
  for (const part of token.value.split('.').slice(1)) {
    for (let start = 0; start + RUN_LENGTH <= part.length; start++) {
      set.add(part.slice(start, start + RUN_LENGTH))
    }
  }
  cache.set(token, set)
  return set
}

export function sharesRun(text: string, known: TokenRuns): boolean {
  for (let start = 0; start + RUN_LENGTH <= text.length; start++) {
    if (known.has(text.slice(start, start + RUN_LENGTH))) return true
  }
  return false
}

/** Whether the text has a word of 16 characters: it covers one of every 16 places, so only those are looked at. */
export function hasLongWord(text: string): boolean {
  for (let place = RUN_LENGTH - 1; place < text.length; place += RUN_LENGTH) {
    if (!isWordCharacter(text.charCodeAt(place))) continue
    let start = place
    let end = place + 1
    while (start > 0 && isWordCharacter(text.charCodeAt(start - 1))) start--
    while (end < text.length && isWordCharacter(text.charCodeAt(end))) end++
    if (end - start >= RUN_LENGTH) return true
  }
  return false
}

/** A letter, digit, underscore or hyphen: the alphabet of base64url. */
function isWordCharacter(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x30 && code <= 0x39) ||
    code === 0x5f ||
    code === 0x2d
  )
}
