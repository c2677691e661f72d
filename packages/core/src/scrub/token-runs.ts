import { Buffer } from '#runtime/platform/bytes'
import { weakReference } from '../platform/garbage.ts'
import { parseObject } from '../support/json-object.ts'
import type { DelegationToken } from '../token/delegation-token.ts'
import { GRAM_LENGTH, GRAM_STEP, type Grams, gramAt, gramsOf, mayHaveGram } from './token-grams.ts'

export const RUN_LENGTH = 16

/** What identifies the token: any 16 characters of its claims or its signature. The header is the same for every token. */
export interface TokenRuns {
  readonly payload: string
  readonly signature: string
  readonly grams: Grams
}

/** Made for a token when an answer is searched for it, and kept for the newest ones: 5 KiB and more each. */
const cache = new WeakMap<DelegationToken, TokenRuns>()
const newest: ReturnType<typeof weakReference<DelegationToken>>[] = []
const MOST = 64

export function tokenRuns(token: DelegationToken): TokenRuns {
  const cached = cache.get(token)
  if (cached) return cached
  const [, payload = '', signature = ''] = token.value.split('.')
  const runs = { payload, signature, grams: gramsOf([payload, signature]) }
  cache.set(token, runs)
  newest.push(weakReference(token))
  const oldest = newest.length > MOST ? newest.shift()?.deref() : undefined
  if (oldest) cache.delete(oldest)
  return runs
}

/** Whether the text holds a run of the token, other than in the claims that another token of the same issuer has too. */
export function holdsToken(text: string, known: TokenRuns): boolean {
  const parts = [known.payload, known.signature]
  if (!sharesRun(text, known.grams, parts)) return false
  const words = text.match(WORDS) ?? []
  return words.some((word) => sharesRun(word, known.grams, parts) && !isAnotherJwt(word, known))
}

const WORDS = /[\w-]{16,}(?:\.[\w-]+)*/g

/** A whole JWT with claims and a signature of its own. Tokens of one issuer share the beginnings of their claims. */
function isAnotherJwt(word: string, known: TokenRuns): boolean {
  const [header = '', payload = '', signature = '', ...more] = word.split('.')
  if (more.length > 0 || payload === known.payload || signature.length < RUN_LENGTH) return false
  const shares = (part: string, ...own: string[]): boolean => sharesRun(part, known.grams, own)
  const isFree = [header, signature].every((part) => {
    return !shares(part, known.payload, known.signature)
  })
  if (!isFree || shares(payload, known.signature)) return false
  return parseObject(Buffer.from(payload, 'base64url').toString()) !== undefined
}

/** Every 16 characters hold one of the pieces that are looked up. */
function sharesRun(text: string, grams: Grams, parts: readonly string[]): boolean {
  for (let place = 0; place + GRAM_LENGTH <= text.length; place += GRAM_STEP) {
    if (mayHaveGram(grams, gramAt(text, place)) && sharesRunAt(text, place, parts)) return true
  }
  return false
}

/** Whether 16 characters around the piece at a place are in one of the parts. */
export function sharesRunAt(text: string, place: number, parts: readonly string[]): boolean {
  const gram = text.slice(place, place + GRAM_LENGTH)
  for (const part of parts) {
    for (let at = part.indexOf(gram); at >= 0; at = part.indexOf(gram, at + 1)) {
      if (commonAround(text, place, part, at) >= RUN_LENGTH) return true
    }
  }
  return false
}

/** How many characters around the two places are the same in both texts, as far as it matters. */
function commonAround(text: string, place: number, part: string, at: number): number {
  let before = 0
  const mostBefore = Math.min(RUN_LENGTH, place, at)
  while (before < mostBefore && text[place - before - 1] === part[at - before - 1]) before++
  let after = 0
  const mostAfter = Math.min(RUN_LENGTH, text.length - place, part.length - at)
  while (after < mostAfter && text[place + after] === part[at + after]) after++
  return before + after
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
