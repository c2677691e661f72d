import { createHmac, hash } from '#runtime/platform/hashing'
import { cutTo } from '../support/plain-line.ts'
import { withoutEncodedTokens, withoutTokens } from './hidden-tokens.ts'

/** Values of records: bounded texts, times and numbers. */

const MAX_CHARACTERS = 2_048
/** What comes later is cut off in any case, unless a token before it is replaced; looking for one takes square time. */
const MOST_READ = 4_096

/**
 * A text that a framework, a developer or an API chose. What has the form of a token is replaced by its
 * fingerprint: a token that was given as the name of a user must not be kept for years.
 */
export function shortText(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined
  const text = withoutTokens(value.length <= MOST_READ ? value : cutTo(value, MOST_READ))
  return withoutEncodedTokens(text.length <= MAX_CHARACTERS ? text : cutTo(text, MAX_CHARACTERS))
}

export function shortTexts(values: readonly string[] | undefined): readonly string[] | undefined {
  if (values === undefined || values === lastValues) return values && lastTexts
  const texts = values.map((value) => shortText(value) ?? '')
  if (!Object.isFrozen(values)) return texts
  lastValues = values
  lastTexts = Object.freeze(texts)
  return lastTexts
}

/** Most calls need the permissions of the call before, in the same frozen list. */
let lastValues: readonly string[] | undefined
let lastTexts: readonly string[] = []

/** Undefined for what is no time. */
export function isoTime(time: Date | undefined): string | undefined {
  if (!(time instanceof Date) || Number.isNaN(time.getTime())) return undefined
  const at = time.getTime()
  if (at !== lastTime) {
    lastText = time.toISOString()
    lastTime = at
  }
  return lastText
}

/** A busy process has many records of one millisecond. */
let lastTime: number | undefined
let lastText = ''

/** With one decimal at most. Undefined for what JSON does not have. */
export function rounded(value: number | undefined): number | undefined {
  return Number.isFinite(value) ? Math.round(Number(value) * 10) / 10 : undefined
}

/**
 * A name that stands for a person: the same for the same person, so that records can be joined. With a key
 * only its holder can find out whose it is; without one, whoever guesses the name can check the guess.
 */
export function pseudonym(person: string, key: Uint8Array | undefined): string {
  const digest = key
    ? createHmac('sha256', key).update('person:').update(person).digest('hex')
    : hash('sha256', person)
  return `person_${digest.slice(0, 16)}`
}
