import { fingerprint } from '../support/fingerprint.ts'
import { type Find, redactEncoded } from './encoded-runs.ts'
import { comparable, percentDecodings, utf8Letters } from './percent-decodings.ts'

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
/**
 * Of others as well, and cut ones. Something else may stand for its dots: then only what looks like the rest of a token
 * is hidden, because a slash stands between the parts of a path as well.
 */
const ANY_JWT =
  /eyJ[\w-]{6,}(?:\.[\w-]*|[^\w-]{1,12}(?:eyJ[\w-]*|(?=[\w-]*[A-Z])(?=[\w-]*[0-9])[\w-]{32,})){0,4}/g
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

/** A form of secrets, and what stands in its place. */
type Pattern = readonly [form: RegExp, replacement: string]

export function createRedaction({ tokens, clientId }: Secrets): Redact {
  const texts = tokens
    .flatMap((token) => [token, ...token.split('.').slice(1)])
    // A path is searched when it is decoded, and so is what was sent in place of a token.
    .flatMap(percentDecodings)
    .flatMap((text) => [text, comparable(text), utf8Letters(text)])
    .filter((text) => HIDDEN_TEXT.test(text))
  const patterns: Pattern[] = [
    ...[...new Set(texts)].map((text) => [literal(text), '[REDACTED]'] as const),
    [ANY_JWT, '[REDACTED]'],
    ...idPatterns(clientId),
  ]
  const find: Find = (bytes) => patterns.flatMap((pattern) => placesOf(bytes, pattern))
  return (text) => {
    let clean = text
    for (const [form, replacement] of patterns) clean = clean.replace(form, () => replacement)
    return redactEncoded(clean, find)
  }
}

function placesOf(text: string, [form, replacement]: Pattern): ReturnType<Find> {
  return Array.from(text.matchAll(form), ({ index, 0: { length } }) => {
    return { start: index, end: index + length, replacement }
  })
}

function literal(text: string): RegExp {
  return new RegExp(text.replace(/[$()*+.?[\\\]^{|}]/g, '\\$&'), 'g')
}

/** In any case, with or without hyphens, or with another mark. */
function idPatterns(clientId: string | undefined): Pattern[] {
  if (clientId === undefined || clientId === '') return []
  const replacement = clientFingerprint(clientId)
  const id = canonicalId(clientId)
  if (UUID.test(id)) return [[new RegExp(id.replaceAll('-', '[-_:.~ ]?'), 'gi'), replacement]]
  const forms = new Set([clientId, comparable(clientId), utf8Letters(clientId)])
  return [...forms].map((form) => [literal(form), replacement])
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
