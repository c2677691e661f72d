import type { RedactClientId } from '../support/redact-client-id.ts'
import type { DelegationToken } from '../token/delegation-token.ts'
import { decodedForms, ENCODED_WORD, hides, unescaped } from './disguises.ts'
import { hasLongWord, holdsToken, RUN_LENGTH, type TokenRuns, tokenRuns } from './token-runs.ts'

const REDACTED = '[REDACTED]'

interface Scrubbed<Value> {
  readonly value: Value
  readonly redacted: boolean
}

/** Removes what an API echoes of one request. Debug pages and error reports echo requests, and the text reaches a model and its transcript. */
export interface Scrubber {
  /** Scrubs text as it was sent, also where the secret is written in JSON, percent or HTML escapes, base64 or hex, or in one of them inside another. */
  text(text: string): Scrubbed<string>
  /** Scrubs every string and every key of parsed JSON. */
  json(value: unknown): Scrubbed<unknown>
}

/** Creates a scrubber that finds any 16 characters of the live token, and the client ID. Another JWT of the same issuer is data and stays. */
export function createScrubber(token: DelegationToken, redactClientId: RedactClientId): Scrubber {
  const known = tokenRuns(token)
  const isSecret = (text: string): boolean =>
    hides(text, (plain) => holdsToken(plain, known) || redactClientId(plain) !== plain)

  function scrubText(text: string): Scrubbed<string> {
    const withoutToken = hasLongWord(text) ? text.replace(WORD, (word) => plain(word, known)) : text
    const clean = redactClientId(withoutToken).replace(ENCODED_WORD, (word) =>
      decodedForms(word).some(isSecret) ? REDACTED : word,
    )
    const value = unescaped(clean) === undefined ? clean : withoutDisguise(clean, isSecret)
    return { value, redacted: value !== text }
  }

  return {
    text: scrubText,
    json(value) {
      const walk = createWalk((text) => {
        const clean = scrubText(text).value
        const hidden = unescaped(clean)
        return hidden !== undefined && isSecret(hidden) ? REDACTED : clean
      })
      return walk(value)
    },
  }
}

/** JSON's escapes are passed over, also nested ones, so that `\n` or `\u0001` before a token stays what it is. */
const WORD = /\\+(?:u[0-9a-fA-F]{4}|[bfnrt"/])?|[\w-]{16,}(?:\.[\w-]+)*/g
/** One escape can be cut up by another, so every character that belongs to an escape is taken in. */
const ESCAPED_WORD = /\\[bfnrt"/]|(?:[\w.~%&#;-]|\\+(?=[ux]))+/gi

function plain(word: string, known: TokenRuns): string {
  return word.length >= RUN_LENGTH && holdsToken(word, known) ? REDACTED : word
}

function withoutDisguise(text: string, isSecret: (text: string) => boolean): string {
  return text.replace(ESCAPED_WORD, (word) => {
    const hidden = unescaped(word)
    return hidden !== undefined && isSecret(hidden) ? REDACTED : word
  })
}

/** Copies only what changes: a clean document is returned as it is. */
function createWalk(scrub: (text: string) => string): (value: unknown) => Scrubbed<unknown> {
  const text = (one: string): string => (one.length < RUN_LENGTH ? one : scrub(one))
  const walk = (value: unknown): unknown => {
    if (typeof value === 'string') return text(value)
    if (typeof value !== 'object' || value === null) return value
    if (Array.isArray(value)) {
      const items = value.map(walk)
      return items.some((item, index) => item !== value[index]) ? items : value
    }
    const before = Object.entries(value)
    const after = before.map(([key, item]) => [text(key), walk(item)] as const)
    const isSame = after.every(([key, item], index) => {
      return key === before[index]?.[0] && item === before[index]?.[1]
    })
    return isSame ? value : Object.fromEntries(after)
  }
  return (value) => {
    const clean = walk(value)
    return { value: clean, redacted: clean !== value }
  }
}
