import { parseObject } from '../support/json-object.ts'
import type { DelegationToken } from '../token/delegation-token.ts'

export const RUN_LENGTH = 16

/** The token's 16-character runs. The header is left out, because it is the same for every token. */
export interface TokenRuns {
  readonly payload: string
  readonly ofPayload: ReadonlySet<string>
  readonly ofSignature: ReadonlySet<string>
}

const cache = new WeakMap<DelegationToken, TokenRuns>()

export function tokenRuns(token: DelegationToken): TokenRuns {
  const cached = cache.get(token)
  if (cached) return cached
  const [, payload = '', signature = ''] = token.value.split('.')
  const runs = { payload, ofPayload: runsOf(payload), ofSignature: runsOf(signature) }
  cache.set(token, runs)
  return runs
}

function runsOf(part: string): ReadonlySet<string> {
  const set = new Set<string>()
  for (let start = 0; start + RUN_LENGTH <= part.length; start++) {
    set.add(part.slice(start, start + RUN_LENGTH))
  }
  return set
}

/** Whether the text holds a run of the token, other than in the claims that another token of the same issuer has too. */
export function holdsToken(text: string, known: TokenRuns): boolean {
  if (!sharesRun(text, known.ofPayload, known.ofSignature)) return false
  const words = text.match(WORDS) ?? []
  return words.some((word) => {
    return sharesRun(word, known.ofPayload, known.ofSignature) && !isAnotherJwt(word, known)
  })
}

const WORDS = /[\w-]{16,}(?:\.[\w-]+)*/g

/** A whole JWT with claims and a signature of its own. Tokens of one issuer share the beginnings of their claims. */
function isAnotherJwt(word: string, { payload: own, ofPayload, ofSignature }: TokenRuns): boolean {
  const [header = '', payload = '', signature = '', ...more] = word.split('.')
  if (more.length > 0 || payload === own || signature.length < RUN_LENGTH) return false
  const isFree = [header, signature].every((part) => !sharesRun(part, ofPayload, ofSignature))
  if (!isFree || sharesRun(payload, ofSignature)) return false
  return parseObject(Buffer.from(payload, 'base64url').toString()) !== undefined
}

function sharesRun(text: string, ...known: readonly ReadonlySet<string>[]): boolean {
  for (let start = 0; start + RUN_LENGTH <= text.length; start++) {
    const run = text.slice(start, start + RUN_LENGTH)
    if (known.some((runs) => runs.has(run))) return true
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
