import type { RedactClientId } from './client-id.ts'
import type { DelegationToken } from './delegation-token.ts'

const RUN_LENGTH = 16
const REDACTED = '[REDACTED]'

/** The token's 16-character runs, payload and signature; the header is the same for every token. */
const runs = new WeakMap<DelegationToken, ReadonlySet<string>>()

/**
 * Removes what an API echoes of the request: any 16 or more characters of the live token, and the
 * client ID. Debug pages and error reports do echo, and the text goes to a model and its transcript.
 */
export function scrubSecrets(
  text: string,
  token: DelegationToken,
  redactClientId: RedactClientId,
): { text: string; redacted: boolean } {
  const known = runsOf(token)
  const withoutToken = text.replace(/[\w-]{16,}(?:\.[\w-]+)*/g, (word) => {
    return sharesRun(word, known) ? REDACTED : word
  })
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
