import type { RedactClientId } from '../support/redact-client-id.ts'
import { GRAM_LENGTH, GRAM_STEP, type Grams, gramAt, gramsOf, mayHaveGram } from './token-grams.ts'
import { RUN_LENGTH } from './token-runs.ts'

export const REDACTED = '[REDACTED]'

/** Removes any 16 characters of the secrets from a text too. */
export function withSecrets(redact: RedactClientId, secrets: readonly string[]): RedactClientId {
  if (secrets.length === 0) return redact
  const known = secrets.map(knownSecret)
  return (text) => known.reduce((clean, one) => withoutRuns(clean, one), redact(text))
}

/** Whether a secret is one word, as the parts of a token are: no encoding of a text changes it in part. */
export function hasUsualCharacters(secret: string): boolean {
  return /^[\w-]*$/.test(secret)
}

/**
 * How many characters at the end of a text may be the beginning of a secret that is no one word. Such a text is looked at
 * again with what follows it.
 */
export function openEnd(text: string, secrets: readonly string[]): number {
  let longest = 0
  for (const secret of secrets) {
    if (hasUsualCharacters(secret)) continue
    for (const form of knownSecret(secret).forms) {
      while (longest < text.length && form.includes(text.slice(-1 - longest))) longest++
    }
  }
  return longest
}

interface KnownSecret {
  /** The secret, and how common encodings of a text write it. */
  readonly forms: readonly string[]
  readonly grams: Grams
}

/** Kept for the newest secrets, each with 4 KiB and more: a program has few, and sends each with many calls. */
const cache = new Map<string, KnownSecret>()
const MOST = 64

function knownSecret(secret: string): KnownSecret {
  const cached = cache.get(secret)
  if (cached) return cached
  const forms = hasUsualCharacters(secret) ? [secret] : writtenForms(secret)
  const known = { forms, grams: gramsOf(forms) }
  if (cache.size >= MOST) cache.delete(cache.keys().next().value ?? '')
  cache.set(secret, known)
  return known
}

/** Encodings that leave some characters as they are, so that the text between two escapes is too short to be told. */
function writtenForms(secret: string): readonly string[] {
  const inJson = (text: string): string => JSON.stringify(text).slice(1, -1)
  // Some write a slash in JSON as an escape, too.
  const plain = [
    secret,
    secret.replaceAll('/', '\\/'),
    asMarkup(secret, '&quot;'),
    asMarkup(secret, '&#34;'),
  ]
  const inUrl = [encodeURIComponent(secret), encodeURI(secret), asFormValue(secret)]
  const inCsv = secret.replaceAll('"', '""')
  const once = plain.map(inJson)
  const twice = once.map(inJson)
  const lowerCase = inUrl.map((text) => text.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()))
  return [
    ...new Set([...plain, ...once, ...twice, ...twice.map(inJson), ...inUrl, ...lowerCase, inCsv]),
  ]
}

function asMarkup(text: string, quote: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', quote)
    .replaceAll("'", '&#39;')
}

function asFormValue(text: string): string {
  return new URLSearchParams({ a: text }).toString().slice(2)
}

/** Every 16 characters hold one of the pieces that are looked up. */
function withoutRuns(text: string, known: KnownSecret): string {
  let clean = ''
  let done = 0
  for (let place = 0; place + GRAM_LENGTH <= text.length; place += GRAM_STEP) {
    if (place < done || !mayHaveGram(known.grams, gramAt(text, place))) continue
    const run = runAt(text, place, known.forms)
    if (!run) continue
    clean += text.slice(done, Math.max(done, run.start)) + REDACTED
    done = run.end
  }
  return done === 0 ? text : clean + text.slice(done)
}

interface Run {
  readonly start: number
  readonly end: number
}

/** The longest piece of a form around a place of the text, if it is long enough to be told. */
function runAt(text: string, place: number, forms: readonly string[]): Run | undefined {
  const gram = text.slice(place, place + GRAM_LENGTH)
  let longest: Run | undefined
  for (const form of forms) {
    for (let at = form.indexOf(gram); at >= 0; at = form.indexOf(gram, at + 1)) {
      const run = commonRun(text, place, form, at)
      const best = longest ? longest.end - longest.start : RUN_LENGTH - 1
      if (run.end - run.start > best) longest = run
    }
  }
  return longest
}

/** What is the same in both texts around the two places. */
function commonRun(text: string, place: number, form: string, at: number): Run {
  let start = place
  while (start > 0 && place - start < at && text[start - 1] === form[at - (place - start) - 1]) {
    start--
  }
  let end = place + GRAM_LENGTH
  while (end < text.length && text[end] === form[at + end - place]) end++
  return { start, end }
}
