import type { RedactClientId } from '../support/redact-client-id.ts'
import type { DelegationToken } from '../token/delegation-token.ts'
import {
  decodedForms,
  ENCODED_WORD,
  ESCAPED_WORD,
  escapedPlaces,
  hides,
  mayHaveEscape,
  unescaped,
} from './disguises.ts'
import { mapTexts } from './map-texts.ts'
import { endOfWord, PRINTABLE_RUN, SECRET_RUN, startOfWord } from './secret-characters.ts'
import { hasUsualCharacters, openEnd, REDACTED, withSecrets } from './secret-values.ts'
import { suspects } from './suspects.ts'
import { hasLongWord, holdsToken, RUN_LENGTH, type TokenRuns, tokenRuns } from './token-runs.ts'

interface Scrubbed<Value> {
  readonly value: Value
  readonly redacted: boolean
}

/** Removes what an API echoes of one request. Debug pages and error reports echo requests, and the text reaches a model and its transcript. */
export interface Scrubber {
  /** Scrubs text as it was sent, also where the secret is written in JSON, percent or HTML escapes, base64 or hex, or in one of them inside another. */
  text(text: string): Scrubbed<string>
  /** How many characters at the end of a text may continue to a secret, beside those of its last word. */
  openEnd(text: string): number
  /** Scrubs every string and every key of parsed JSON. */
  json(value: unknown): Scrubbed<unknown>
}

/**
 * Creates a scrubber that finds any 16 characters of the live token and of the secrets, and the client ID. Another JWT
 * of the same issuer is data and stays.
 */
export function createScrubber(
  token: DelegationToken,
  redactId: RedactClientId,
  secrets: readonly string[] = [],
): Scrubber {
  const redactKnown = withSecrets(redactId, secrets)
  const known = tokenRuns(token)
  const run = secrets.every(hasUsualCharacters) ? SECRET_RUN : PRINTABLE_RUN
  const isPlainSecret = (text: string): boolean => {
    return holdsToken(text, known) || redactKnown(text) !== text
  }
  const isSecret = (text: string): boolean => hides(text, isPlainSecret, run)

  /** Looks for every disguise in the whole text. */
  function scrubWholly(text: string): string {
    const withoutToken = hasLongWord(text) ? withoutPlainRuns(text, known) : text
    const clean = redactKnown(withoutToken).replace(ENCODED_WORD, (word) =>
      decodedForms(word, run).some(isSecret) ? REDACTED : word,
    )
    return unescaped(clean) === undefined ? clean : withoutDisguise(clean, isSecret)
  }

  /** Looks only where a secret may be, which is nowhere in most texts. */
  function scrubText(text: string): string {
    if (text.length < RUN_LENGTH) return text
    if (redactKnown(text) !== text) return scrubWholly(text)
    const places = [...suspects(text, known, run), ...escapedPlaces(text, run)]
    return places.length === 0 ? text : scrubWords(text, places, scrubWholly)
  }

  /** Parsing undoes one escape, so a whole text can be what an escape hid. */
  function scrubParsedText(text: string): string {
    if (text.length < RUN_LENGTH) return text
    const clean = scrubText(text)
    const hidden = mayHaveEscape(clean) ? unescaped(clean) : undefined
    return hidden !== undefined && mayHide(hidden) && isSecret(hidden) ? REDACTED : clean
  }

  function mayHide(text: string): boolean {
    return (
      mayHaveEscape(text) || suspects(text, known, run).length > 0 || redactKnown(text) !== text
    )
  }

  return {
    text(text) {
      const value = scrubText(text)
      return { value, redacted: value !== text }
    },
    openEnd: (text) => openEnd(text, secrets),
    json(value) {
      const clean = mapTexts(value, scrubParsedText)
      return { value: clean, redacted: clean !== value }
    },
  }
}

/** Scrubs the words around the places. No pattern of a secret goes beyond such a word. */
function scrubWords(
  text: string,
  places: readonly number[],
  scrub: (word: string) => string,
): string {
  let clean = ''
  let done = 0
  for (const place of places.toSorted((a, b) => a - b)) {
    if (place < done) continue
    const end = endOfWord(text, place)
    if (end === place) continue
    const start = startOfWord(text, place)
    clean += text.slice(done, start) + scrub(text.slice(start, end))
    done = end
  }
  return clean + text.slice(done)
}

/** JSON's escapes are passed over, also nested ones, so that `\n` or `\u0001` before a token stays what it is. */
const WORD = /\\+(?:u[0-9a-fA-F]{4}|[bfnrt"/])?|[\w-]{16,}(?:\.[\w-]+)*/g
/** Where the letter of an escape, such as the n of `\n`, happens to be the one before in the token. */
const WORD_WITH_ESCAPE = /\\+[bfnrtu][\w-]{15,}(?:\.[\w-]+)*/g

function withoutPlainRuns(text: string, known: TokenRuns): string {
  const plain = (word: string, run = word): string => {
    return run.length >= RUN_LENGTH && holdsToken(run, known) ? REDACTED : word
  }
  return text
    .replace(WORD, (word) => plain(word))
    .replace(WORD_WITH_ESCAPE, (word) => plain(word, word.replace(/^\\+/, '')))
}

function withoutDisguise(text: string, isSecret: (text: string) => boolean): string {
  return text.replace(ESCAPED_WORD, (word) => {
    const hidden = unescaped(word)
    return hidden !== undefined && isSecret(hidden) ? REDACTED : word
  })
}
