import { defaultFetch, hasProxies } from '#runtime/platform/default-fetch'
import type { FetchLike } from '../http/request-json.ts'
import { parseJwk } from '../keys/key-set.ts'
import type { KeySource } from '../keys/key-source.ts'
import { chooseProxy, type ProxyChoice } from '../network/proxy-rules.ts'
import { requestUrl, secureUrl, serviceUrl } from '../network/secure-url.ts'
import { type Clock, systemClock } from '../support/clock.ts'
import { isMistake } from '../support/program-mistake.ts'
import type { ClaimRules } from '../token/claim-rules.ts'
import { ConfigError, FETCH_UNUSABLE } from './config-error.ts'
import { invalidOption } from './option-checks.ts'
import type { DelegationVerifierOptions } from './options.ts'
import { checkVerifierOptions } from './verifier-checks.ts'

export interface OnlineCheckSettings {
  readonly url: string
  readonly rejectWhenUnavailable: boolean
  readonly cacheMs: number
}

/** The header in which `@authsec/core` sends the ID of a call. */
export const DEFAULT_CALL_ID_HEADER = 'x-authsec-call-id'

/** What the verifier works with: checked, copied and frozen. */
export interface VerifierSettings {
  readonly keySource: KeySource
  readonly rules: ClaimRules
  readonly onlineCheck: OnlineCheckSettings | undefined
  readonly resourceMetadataUrl: string | undefined
  readonly fetch: FetchLike
  readonly proxy: ProxyChoice
  readonly clock: Clock
  /** In lower case. */
  readonly callIdHeader: string
}

/** Checks all options, fills in the defaults and copies. Throws a `ConfigError` for the first problem. */
export function createSettings(options: DelegationVerifierOptions): VerifierSettings {
  checkVerifierOptions(options)
  const { resourceMetadataUrl: metadata, tenantId: givenId } = options
  const tenantId = givenId.trim().toLowerCase()
  const proxy = proxyChoice(options)
  return Object.freeze({
    keySource: keySource(options, tenantId),
    rules: claimRules(options, tenantId),
    onlineCheck: onlineCheck(options),
    resourceMetadataUrl:
      metadata === undefined ? undefined : secureUrl(metadata, 'resourceMetadataUrl').href,
    fetch: options.fetch ? tellingMistakes(options.fetch) : defaultFetch(proxy.rules),
    proxy,
    clock: options.clock ?? systemClock,
    callIdHeader: (options.callIdHeader ?? DEFAULT_CALL_ID_HEADER).toLowerCase(),
  })
}

/** A mistake in the program must not look like an outage. */
function tellingMistakes(fetch: FetchLike): FetchLike {
  return async (input, init) => {
    try {
      return await fetch(input, init)
    } catch (error) {
      throw isMistake(error) ? fetchMistake() : error
    }
  }
}

function fetchMistake(): ConfigError {
  return new ConfigError({ code: 'fetch_unusable', ...FETCH_UNUSABLE })
}

/** A function of the program decides itself which way requests go, and keys in the options need none. */
function proxyChoice({ proxy, fetch, keys }: DelegationVerifierOptions): ProxyChoice {
  const other = fetch ? 'fetch' : keys && 'keys'
  if (!hasProxies && proxy !== undefined && proxy !== false) throw noProxies()
  if (!hasProxies) return {}
  if (other === undefined) return chooseProxy(proxy, globalThis.process?.env ?? {}, wrongProxy)
  if (proxy === undefined || proxy === false) return {}
  throw invalidOption('proxy', `has no effect beside ${other}`, `Remove proxy or ${other}.`)
}

function noProxies(): ConfigError {
  const hint = 'Remove proxy, or pass a `fetch` function of this runtime that goes through one.'
  return invalidOption(
    'proxy',
    'has no effect in this runtime, which has no sockets of Node.js',
    hint,
  )
}

function wrongProxy(field: string, problem: string): ConfigError {
  const hint = `Set ${field} to a URL such as http://proxy.example.com:3128. SOCKS proxies are not supported.`
  return invalidOption(field, problem, hint)
}

function keySource(options: DelegationVerifierOptions, tenantId: string): KeySource {
  const { authSecUrl, jwksUrl, keys } = options
  if (keys !== undefined) return { jwks: keys.map(parseJwk).filter((jwk) => jwk !== undefined) }
  if (jwksUrl !== undefined) return { urls: [requestUrl(jwksUrl, 'jwksUrl').href] }
  // Servers from mid-2026 on call the tenant a workspace (contract 2.1).
  const urls = ['tenant_id', 'workspace_id'].map((name) => {
    const url = serviceUrl(authSecUrl, 'bundle')
    url.searchParams.set(name, tenantId)
    return url.href
  })
  return { urls }
}

function claimRules(options: DelegationVerifierOptions, tenantId: string): ClaimRules {
  const { audience, subjectPattern, allowMockIssuer = false } = options
  const issuer = `spiffe://${tenantId}`
  return Object.freeze({
    tenantId,
    issuers: allowMockIssuer ? [issuer, `${issuer}.mock.authsec.invalid`] : [issuer],
    audience: Object.freeze(typeof audience === 'string' ? [audience] : [...audience]),
    clockToleranceSeconds: options.clockToleranceSeconds ?? 5,
    maxTokenLifetimeSeconds: options.maxTokenLifetimeSeconds ?? 86_400,
    subjectPattern: subjectPattern === undefined ? undefined : patternToRegExp(subjectPattern),
  })
}

/** `*` stands for one whole path segment. */
function patternToRegExp(pattern: string): RegExp {
  const literal = pattern.replace(/[\\^$.+?()[\]{}|]/g, '\\$&')
  return new RegExp(`^${literal.replaceAll('*', '[^/]+')}$`)
}

function onlineCheck(options: DelegationVerifierOptions): OnlineCheckSettings | undefined {
  const { onlineCheck: check, authSecUrl } = options
  if (check === undefined) return undefined
  return Object.freeze({
    url: serviceUrl(authSecUrl, 'validate').href,
    rejectWhenUnavailable: check.whenUnavailable === 'reject',
    cacheMs: (check.cacheSeconds ?? 60) * 1000,
  })
}
