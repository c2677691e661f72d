import type { RedactClientId } from '../support/redact-client-id.ts'
import { GRAM_LENGTH, GRAM_STEP, type Grams, gramAt, gramsOf, mayHaveGram } from './token-grams.ts'
import { RUN_LENGTH } from './token-runs.ts'

export const REDACTED = '[REDACTED]'

/** Removes any 16 characters of the secrets from a text too. */
export function withSecrets(redact: RedactClientId, secrets: readonly string[]): RedactClientId {
  if (secrets.length === 0) return redact
  const known = secrets.map((secret) => ({ secret, grams: gramsFor(secret) }))
  return (text) => known.reduce((clean, one) => withoutRuns(clean, one), redact(text))
}

interface KnownSecret {
  readonly secret: string
  readonly grams: Grams
}

/** Kept for the newest secrets, each with 4 KiB: a program has few, and sends each with many calls. */
const cache = new Map<string, Grams>()
const MOST = 64

function gramsFor(secret: string): Grams {
  const cached = cache.get(secret)
  if (cached) return cached
  const grams = gramsOf([secret])
  if (cache.size >= MOST) cache.delete(cache.keys().next().value ?? '')
  cache.set(secret, grams)
  return grams
}

/** Every 16 characters hold one of the pieces that are looked up. */
function withoutRuns(text: string, known: KnownSecret): string {
  let clean = ''
  let done = 0
  for (let place = 0; place + GRAM_LENGTH <= text.length; place += GRAM_STEP) {
    if (place < done || !mayHaveGram(known.grams, gramAt(text, place))) continue
    const run = runAt(text, place, known.secret)
    if (!run) continue
    clean += text.slice(done, Math.max(done, run.start)) + REDACTED
    done = run.end
  }
  return done === 0 ? text : clean + text.slice(done)
}

/** The longest piece of the secret around a place of the text, if it is long enough to be told. */
function runAt(
  text: string,
  place: number,
  secret: string,
): { start: number; end: number } | undefined {
  const gram = text.slice(place, place + GRAM_LENGTH)
  let longest: { start: number; end: number } | undefined
  for (let at = secret.indexOf(gram); at >= 0; at = secret.indexOf(gram, at + 1)) {
    let start = place
    while (
      start > 0 &&
      place - start < at &&
      text[start - 1] === secret[at - (place - start) - 1]
    ) {
      start--
    }
    let end = place + GRAM_LENGTH
    while (end < text.length && text[end] === secret[at + end - place]) end++
    const length = end - start
    const best = longest ? longest.end - longest.start : RUN_LENGTH - 1
    if (length > best) longest = { start, end }
  }
  return longest
}
