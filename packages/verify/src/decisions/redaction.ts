import { fingerprint } from '../support/fingerprint.ts'
import { percentDecodings } from './percent-decodings.ts'

/** What must not be repeated of a request. */
export interface Secrets {
  /** Tokens, or what was sent in place of one. */
  readonly tokens: readonly string[]
  readonly clientId: string | undefined
}

/** Replaces the secrets of a request in a text by their fingerprints. */
export type Redact = (text: string) => string

const UUID = /^([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})$/
const ANY_UUID = /[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}/gi
/** Of others as well, and cut ones. */
const ANY_JWT = /eyJ[\w-]{6,}(?:\.[\w-]*){0,4}/g
/** What is shorter, or has a slash, can be a part of the path: a caller must not hide where it was. */
const HIDDEN_TEXT = /^[^/]{16,}$/

/** The form in which a client knows its ID, and of which it makes the fingerprint. */
function canonicalId(id: string): string {
  return UUID.exec(id.toLowerCase())?.slice(1).join('-') ?? id
}

/** The client ID that an unverified token claims, where it has the form of one. Leaving it out takes no trust. */
export function claimedId(claim: unknown): string | undefined {
  return typeof claim === 'string' && UUID.test(canonicalId(claim)) ? claim : undefined
}

export function clientFingerprint(clientId: string): string {
  return fingerprint('cid', canonicalId(clientId))
}

export function createRedaction({ tokens, clientId }: Secrets): Redact {
  const texts = tokens
    .flatMap((token) => [token, ...token.split('.').slice(1)])
    // A path is searched when it is decoded, and so is what was sent in place of a token.
    .flatMap(percentDecodings)
    .filter((text) => HIDDEN_TEXT.test(text))
  const redactId = idRedaction(clientId)
  return (text) => {
    let clean = text
    for (const secret of texts) clean = clean.replaceAll(secret, '[REDACTED]')
    return redactId(clean.replace(ANY_JWT, '[REDACTED]'))
  }
}

/** In any case, with or without hyphens. */
function idRedaction(clientId: string | undefined): Redact {
  if (clientId === undefined || clientId === '') return (text) => text
  const replacement = clientFingerprint(clientId)
  const id = canonicalId(clientId)
  if (!UUID.test(id)) return (text) => text.replaceAll(clientId, replacement)
  const pattern = new RegExp(id.replaceAll('-', '-?'), 'gi')
  return (text) => text.replace(pattern, replacement)
}

/**
 * A verified subject without the client ID, which today's servers put at its end (contract 2.3). Without the
 * claim `client_id` nothing tells which of its UUIDs that is: all but the tenant's are replaced.
 */
export function redactSubject(
  subject: string,
  redact: Redact,
  clientId: string | undefined,
  tenantId: string,
): string {
  if (clientId !== undefined) return redact(subject)
  return redact(subject).replace(ANY_UUID, (id) =>
    canonicalId(id) === tenantId ? id : clientFingerprint(id),
  )
}
