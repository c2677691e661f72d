import { fingerprint } from './fingerprint.ts'

/** Replaces one client ID by its fingerprint: in any case, with or without hyphens, also percent-encoded ones. */
export type RedactClientId = (text: string) => string

/** Whoever knows the client ID can pull the token (contract 1.4), so it goes nowhere but to AuthSec. */
export function createClientIdRedactor(clientId: string): RedactClientId {
  const pattern = new RegExp(clientId.replaceAll('-', '(?:-|%2d)?'), 'gi')
  const replacement = fingerprint('cid', clientId)
  return (text) => text.replace(pattern, replacement)
}
