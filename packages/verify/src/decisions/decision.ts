import type { VerificationErrorCode } from '../verification-codes.ts'

/**
 * What a verifier decided about one request, for a log or an audit record. The words are those of the
 * client's events, so that both ends can be joined: by `callId`, and by the fingerprints `token` and `client`.
 * It is frozen, and holds no token, no client ID and no query. Claims are in it only when the signature was
 * verified.
 */
export interface VerificationDecision {
  readonly time: Date
  readonly decision: 'accepted' | 'rejected'
  /** Why the request was rejected. Of an accepted one: `check_unavailable` when it was accepted without the online check. */
  readonly code?: VerificationErrorCode | undefined
  /** The same as one sentence. */
  readonly reason?: string | undefined
  /** The HTTP status of a rejection. */
  readonly status?: 401 | 403 | 503 | undefined
  /** What the system or TLS calls the failure behind a code of status 503, such as ECONNREFUSED. */
  readonly cause?: string | undefined
  /** Fingerprint of the token: `tok_` and 8 hex digits. Left out for what has not the form of a token. */
  readonly token?: string | undefined
  /** The agent's SPIFFE ID, with the fingerprint in place of the client ID. Only of a token whose signature was verified. */
  readonly subject?: string | undefined
  /** Fingerprint of the client ID: `cid_` and 8 hex digits. Only of a token whose signature was verified. */
  readonly client?: string | undefined
  /** The permissions of which the request needs all. */
  readonly permission: readonly string[]
  /** The permissions of which the request needs at least one; empty when it needs none of this kind. */
  readonly anyPermission: readonly string[]
  /** The permissions of the token. Only of one whose signature was verified. */
  readonly held?: readonly string[] | undefined
  /** Whether the token was verified within the last minute, and the result used again. */
  readonly cached: boolean
  /** The time to the decision, in milliseconds, with that of requests for keys and online checks. */
  readonly durationMs: number
  readonly requestId?: string | undefined
  /** The ID of the call in the client's events. The caller chooses it: it joins records and proves nothing. */
  readonly callId?: string | undefined
  readonly method?: string | undefined
  readonly route?: string | undefined
  /** Without query, at most 512 characters. */
  readonly path?: string | undefined
}
