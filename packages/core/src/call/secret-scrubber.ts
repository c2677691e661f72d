import type { RedactClientId } from '../support/redact-client-id.ts'
import type { DelegationToken } from '../token/delegation-token.ts'

const RUN_LENGTH = 16
const REDACTED = '[REDACTED]'

/** The token's 16-character runs, payload and signature; the header is the same for every token. */
const runs = new WeakMap<DelegationToken, ReadonlySet<string>>()

/**
 * Removes what an API echoes of the request: any 16 or more characters of the live token, and the
 * client ID. Debug pages and error reports echo requests, and the text reaches a model and its transcript.
 */
export function scrubSecrets(
  text: string,
  token: DelegationToken,
  redactClientId: RedactClientId,
): { text: string; redacted: boolean } {
  const known = runsOf(token)
  const withoutToken = hasLongWord(text)
    ? text.replace(/[\w-]{16,}(?:\.[\w-]+)*/g, (word) => (sharesRun(word, known) ? REDACTED : word))
    : text
  const clean = redactClientId(withoutToken)
  return { text: clean, redacted: clean !== text }
}

function runsOf(token: DelegationToken): ReadonlySet<string> {
  const cached = runs.get(token)
  if (cached) return cached
  const set = new Set<string>()
  for (const part of token.value.split('.').slice(1)) {
    for (let start = 0; start + RUN_LENGTH <= part.length; start++) {
      set.add(part.slice(start, start + RUN_LENGTH))
    }
  }
  runs.set(token, set)
  return set
}

function sharesRun(word: string, known: ReadonlySet<string>): boolean {
  for (let start = 0; start + RUN_LENGTH <= word.length; start++) {
    if (known.has(word.slice(start, start + RUN_LENGTH))) return true
  }
  return false
}

/** Whether the text has a word of 16 characters: it covers one of every 16 places, so only those are looked at. */
function hasLongWord(text: string): boolean {
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

function isWordCharacter(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x30 && code <= 0x39) ||
    code === 0x5f ||
    code === 0x2d
  )
}
