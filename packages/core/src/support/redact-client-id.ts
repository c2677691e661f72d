import { fingerprint } from './fingerprint.ts'

/** Replaces one client ID by its fingerprint: in any case, with or without hyphens, also percent-encoded ones. */
export type RedactClientId = (text: string) => string

/** Whoever knows the client ID can pull the token (contract 1.4), so it goes nowhere but to AuthSec. */
export function createClientIdRedactor(clientId: string): RedactClientId {
  const start = clientId.slice(0, clientId.indexOf('-'))
  return (text) => {
    const pattern = compiledFor(clientId)
    if (pattern) return text.replace(pattern, () => fingerprint('cid', clientId))
    if (!text.toLowerCase().includes(start)) return text
    return text.replace(patternOf(clientId), () => fingerprint('cid', clientId))
  }
}

function patternOf(clientId: string): RegExp {
  return new RegExp(clientId.replaceAll('-', '(?:-|%2d)?'), 'gi')
}

/**
 * A compiled pattern takes 11 KB, so a process with thousands of agents has them for some only. The others are
 * looked for by their first digits, which takes longer in long texts.
 */
const compiled = new Map<string, RegExp>()
const MOST = 32
/** One miss in so many takes the place of the oldest. */
const REPLACE_EVERY = 64
let misses = 0

function compiledFor(clientId: string): RegExp | undefined {
  const known = compiled.get(clientId)
  if (known) return known
  if (compiled.size >= MOST) {
    misses = (misses + 1) % REPLACE_EVERY
    if (misses !== 0) return undefined
    compiled.delete(compiled.keys().next().value ?? '')
  }
  const pattern = patternOf(clientId)
  compiled.set(clientId, pattern)
  return pattern
}
