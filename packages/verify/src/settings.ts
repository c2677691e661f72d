import { type Clock, systemClock } from './clock.ts'
import type { FetchLike } from './http.ts'
import { type PublicJwk, parseJwk } from './keys/key-set.ts'
import type { KeySource } from './keys/key-source.ts'
import {
  assertCallable,
  assertKnownKeys,
  canonicalUuid,
  flag,
  numberWithin,
  secureUrl,
} from './option-checks.ts'
import type { DelegationVerifierOptions } from './options.ts'
import type { ClaimRules } from './token/claim-rules.ts'

export interface OnlineCheckSettings {
  readonly url: string
  readonly refuseWhenUnavailable: boolean
  readonly cacheMs: number
}

/** What the verifier works with: validated, copied and frozen. */
export interface VerifierSettings {
  readonly keySource: KeySource
  readonly rules: ClaimRules
  readonly onlineCheck: OnlineCheckSettings | undefined
  readonly resourceMetadataUrl: string | undefined
  readonly fetch: FetchLike
  readonly clock: Clock
}

const OPTION_NAMES = [
  'authSecUrl',
  'jwksUrl',
  'keys',
  'tenantId',
  'audience',
  'clockToleranceSeconds',
  'maxTokenLifetimeSeconds',
  'subjectPattern',
  'onlineCheck',
  'allowMockIssuer',
  'resourceMetadataUrl',
  'fetch',
  'clock',
]

/** Validates every option at once; throws a `TypeError` that names the first bad one and its remedy. */
export function createSettings(options: DelegationVerifierOptions): VerifierSettings {
  assertKnownKeys(options, OPTION_NAMES, 'the verifier options')
  if (options.fetch !== undefined) assertCallable(options.fetch, 'fetch')
  if (options.clock !== undefined) assertCallable(options.clock.now, 'clock.now')
  const tenantId = canonicalUuid(options.tenantId, 'tenantId')
  const { resourceMetadataUrl: metadata } = options
  return Object.freeze({
    keySource: keySource(options, tenantId),
    rules: claimRules(options, tenantId),
    onlineCheck: onlineCheck(options),
    resourceMetadataUrl:
      metadata === undefined ? undefined : secureUrl(metadata, 'resourceMetadataUrl').href,
    fetch: options.fetch ?? ((input, init) => fetch(input, init)),
    clock: options.clock ?? systemClock,
  })
}

function keySource(options: DelegationVerifierOptions, tenantId: string): KeySource {
  const { authSecUrl, jwksUrl, keys } = options
  if ([authSecUrl, jwksUrl, keys].filter((source) => source !== undefined).length !== 1) {
    throw new TypeError('Give exactly one of authSecUrl, jwksUrl and keys: where keys come from.')
  }
  if (keys !== undefined) return { jwks: publicKeys(keys) }
  if (jwksUrl !== undefined) return { urls: [secureUrl(jwksUrl, 'jwksUrl').href] }
  // Servers from mid-2026 on call the tenant a workspace (contract 2.1).
  const urls = ['tenant_id', 'workspace_id'].map((name) => {
    const url = serviceUrl(authSecUrl, 'bundle')
    url.searchParams.set(name, tenantId)
    return url.href
  })
  return { urls }
}

function publicKeys(keys: unknown): readonly PublicJwk[] {
  if (Array.isArray(keys) && keys.length > 0 && keys.length <= 32) return keys.map(requireJwk)
  throw new TypeError('keys must be a list of 1 to 32 public JWKs: the keys of the key bundle.')
}

function requireJwk(value: unknown, index: number): PublicJwk {
  const jwk = parseJwk(value)
  if (jwk) return jwk
  throw new TypeError(`keys[${index}] must be a public RS256 key of 2048 to 8192 bits, as a JWK.`)
}

/** Accepts the server's root and `…/authsec` (contract 0). */
function serviceUrl(authSecUrl: unknown, action: string): URL {
  const url = secureUrl(authSecUrl, 'authSecUrl')
  if (!/^(?:\/authsec)?\/*$/.test(url.pathname) || url.search) {
    throw new TypeError(
      'authSecUrl must be the root of the AuthSec server, such as https://auth.example.com.',
    )
  }
  url.pathname = `/authsec/spiresvc/v1/jwt/${action}`
  return url
}

function claimRules(options: DelegationVerifierOptions, tenantId: string): ClaimRules {
  const issuer = `spiffe://${tenantId}`
  const allowMock = flag(options.allowMockIssuer, 'allowMockIssuer')
  return Object.freeze({
    tenantId,
    issuers: allowMock ? [issuer, `${issuer}.mock.authsec.invalid`] : [issuer],
    audience: audience(options.audience),
    clockToleranceSeconds: numberWithin(options.clockToleranceSeconds, {
      field: 'clockToleranceSeconds',
      least: 0,
      most: 60,
      fallback: 5,
    }),
    maxTokenLifetimeSeconds: numberWithin(options.maxTokenLifetimeSeconds, {
      field: 'maxTokenLifetimeSeconds',
      least: 1,
      most: 315_360_000,
      fallback: 86_400,
    }),
    subjectPattern:
      options.subjectPattern === undefined ? undefined : subjectPattern(options.subjectPattern),
  })
}

function audience(value: unknown): readonly string[] {
  const names: unknown[] = Array.isArray(value) ? value : [value]
  if (names.length > 0 && names.every((name) => typeof name === 'string' && name !== '')) {
    return Object.freeze(names.map(String))
  }
  throw new TypeError('audience must name this API, as in the aud of its tokens: a text or a list.')
}

function subjectPattern(value: unknown): RegExp {
  const isPattern =
    typeof value === 'string' && /^spiffe:\/\/[^\s*]+(?:\/(?:\*|[^\s*]*))*$/.test(value)
  if (!isPattern) {
    throw new TypeError(
      'subjectPattern must be a SPIFFE ID, with * for whole path segments: spiffe://example.org/agents/*.',
    )
  }
  const literal = value.replace(/[\\^$.+?()[\]{}|]/g, '\\$&')
  return new RegExp(`^${literal.replaceAll('*', '[^/]+')}$`)
}

function onlineCheck(options: DelegationVerifierOptions): OnlineCheckSettings | undefined {
  const { onlineCheck: check, authSecUrl } = options
  if (check === undefined) return undefined
  assertKnownKeys(check, ['whenUnavailable', 'cacheSeconds'], 'onlineCheck')
  if (authSecUrl === undefined) {
    throw new TypeError('onlineCheck needs authSecUrl: the server to ask.')
  }
  if (check.whenUnavailable !== 'refuse' && check.whenUnavailable !== 'accept') {
    throw new TypeError("onlineCheck.whenUnavailable must be 'refuse' or 'accept': choose one.")
  }
  const seconds = numberWithin(check.cacheSeconds, {
    field: 'onlineCheck.cacheSeconds',
    least: 10,
    most: 3_600,
    fallback: 60,
  })
  return Object.freeze({
    url: serviceUrl(authSecUrl, 'validate').href,
    refuseWhenUnavailable: check.whenUnavailable === 'refuse',
    cacheMs: seconds * 1000,
  })
}
