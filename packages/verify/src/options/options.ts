import type { VerificationDecision } from '../decisions/decision.ts'
import type { VerificationError } from '../errors.ts'
import type { FetchLike } from '../http/request-json.ts'
import type { Clock } from '../support/clock.ts'

/** One public RSA key as a JWK (RFC 7517 section 4). Further members are allowed and ignored. */
export interface PublicKeyJwk {
  readonly kty?: string
  readonly n?: string
  readonly e?: string
  readonly kid?: string
  readonly use?: string
  readonly alg?: string
  readonly [member: string]: unknown
}

/** How the verifier checks with AuthSec whether a token was revoked (contract 2.1). */
export interface OnlineCheckOptions {
  /** What happens to a valid token when AuthSec cannot be reached: `reject` answers 503, `accept` lets the request pass. There is no default, because only you can decide this. */
  whenUnavailable: 'reject' | 'accept'
  /** How long a result is cached, in seconds, 10 to 3 600. Default: 60. The server allows 10 requests a minute. */
  cacheSeconds?: number
}

/** Options of `createDelegationVerifier`. */
export interface DelegationVerifierOptions {
  /** The AuthSec server: its root, or the URL that ends in `/authsec`. The verifier derives the address of the tenant's key bundle from it. Exactly one of `authSecUrl`, `jwksUrl` and `keys` is required. https, or http on loopback; no link-local and no metadata address. */
  authSecUrl?: string | URL
  /** The address of the tenant's key bundle (a JWK Set). https, or http on loopback; no link-local and no metadata address. */
  jwksUrl?: string | URL
  /** The tenant's public keys, 1 to 32 of them, for a verifier that sends no requests. */
  keys?: readonly PublicKeyJwk[]
  /** The tenant's UUID. Tokens of other tenants are rejected before any key is loaded. */
  tenantId: string
  /** The names of this API. The `aud` claim of a token must contain one of them. */
  audience: string | readonly string[]
  /** Allowed difference between the clocks of this machine and of AuthSec, in seconds, 0 to 60. Default: 5. */
  clockToleranceSeconds?: number
  /** Longest accepted time between `iat` and `exp`, in seconds, at least 1. Default: 86 400, one day. */
  maxTokenLifetimeSeconds?: number
  /** The SPIFFE IDs that may call; `*` stands for one whole path segment, as in `spiffe://example.org/agents/*`. Default: any. */
  subjectPattern?: string
  /** Checks with AuthSec whether the token was revoked, after all other checks; requires `authSecUrl`. Default: off, and a revoked token works until it expires. */
  onlineCheck?: OnlineCheckOptions
  /** Also accepts tokens of an emulator in mock mode. For tests. Default: false. */
  allowMockIssuer?: boolean
  /** Where this API publishes its metadata (RFC 9728), for the challenge that MCP clients read. https, or http on loopback. Default: none. */
  resourceMetadataUrl?: string | URL
  /** An http or https proxy for these requests, with user name and password in its URL if it asks for them; NO_PROXY names exceptions, and loopback is never asked through it. `false` uses none. Default: HTTPS_PROXY where Node.js is told to use it (NODE_USE_ENV_PROXY=1 or --use-env-proxy), else none. */
  proxy?: string | URL | false
  /** Sends the requests for keys and online checks. The addresses that names resolve to are then its own business. Default: direct requests that never connect to link-local and metadata addresses; the global `fetch` on Cloudflare Workers. */
  fetch?: FetchLike
  /** Called with the error when AuthSec cannot be reached for the keys or for an online check, at most once a minute, also where such tokens are accepted. Its message, `systemCode` and `hint` name cause and remedy. Default: a warning of the process, where there is one. */
  onUnavailable?: (error: VerificationError) => void
  /**
   * Called once for each request that is accepted or rejected, with a frozen record of the decision, for a log
   * or an audit trail. It cannot change or delay a decision: nobody waits for a promise that it returns, and
   * what it throws is dropped. A `ConfigError` is a mistake in the program and no decision. Default: none.
   */
  onDecision?: (decision: VerificationDecision) => void
  /** The header from which middleware reads the ID that the client gave to its call, for `callId` of a decision. Anything but `call_` and 16 hex digits is ignored. Default: `x-authsec-call-id`. */
  callIdHeader?: string
  /** The source of time, for tests. Default: the system's clocks and timers. */
  clock?: Clock
}
