import type { Clock } from './clock.ts'
import type { FetchLike } from './http.ts'

/** One public RSA key (RFC 7517). */
export interface PublicKeyJwk {
  readonly kty?: string
  readonly n?: string
  readonly e?: string
  readonly kid?: string
  readonly use?: string
  readonly alg?: string
  readonly [member: string]: unknown
}

export interface OnlineCheckOptions {
  /** What happens to a good token when AuthSec cannot be asked: `refuse` answers 503, `accept` lets it in. No default: it is your decision. */
  whenUnavailable: 'refuse' | 'accept'
  /** How long an answer is believed, in seconds, 10 to 3 600. Default: 60. The server allows 10 questions a minute. */
  cacheSeconds?: number
}

export interface DelegationVerifierOptions {
  /** The AuthSec server, its root or the URL that ends in `/authsec`; the tenant's key bundle is found from it. One of `authSecUrl`, `jwksUrl` and `keys` is needed. https, or http on loopback. */
  authSecUrl?: string | URL
  /** The address of the tenant's key bundle itself. https, or http on loopback. */
  jwksUrl?: string | URL
  /** The tenant's public keys, for a verifier that never goes online. */
  keys?: readonly PublicKeyJwk[]
  /** The tenant's UUID: tokens of others are refused before anything is loaded. */
  tenantId: string
  /** The names of this API: a token must carry one of them in `aud`. */
  audience: string | readonly string[]
  /** Allowed difference of clocks, in seconds, 0 to 60. Default: 5. */
  clockToleranceSeconds?: number
  /** Longest accepted time between `iat` and `exp`, in seconds. Default: 86 400, one day. */
  maxTokenLifetimeSeconds?: number
  /** The SPIFFE IDs that may call; `*` stands for one whole path segment, as in `spiffe://example.org/agents/*`. Default: any. */
  subjectPattern?: string
  /** Asks AuthSec whether the token was revoked, after all other checks; needs `authSecUrl`. Default: off, so a revoked token works until it expires. */
  onlineCheck?: OnlineCheckOptions
  /** Also accepts tokens of an emulator in mock mode. For tests. Default: false. */
  allowMockIssuer?: boolean
  /** Where this API publishes its metadata (RFC 9728), for the challenge that MCP clients read. Default: none. */
  resourceMetadataUrl?: string | URL
  /** Sends the requests for keys and checks. Default: the global fetch. */
  fetch?: FetchLike
  /** The time, for tests. Default: the system's. */
  clock?: Clock
}
