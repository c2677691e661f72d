import { fingerprint } from './fingerprint.ts'

/** Whoever knows the client ID can pull the token (contract 1.4), so it goes nowhere but to AuthSec. */
export function redactClientId(text: string, clientId: string): string {
  return text.replaceAll(new RegExp(clientId, 'gi'), fingerprint('cid', clientId))
}
