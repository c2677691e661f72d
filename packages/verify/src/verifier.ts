import { hash } from '#runtime/platform/hashing'
import { checkContext, type VerificationContext } from './decisions/context.ts'
import { createDecisions, type Findings } from './decisions/decisions.ts'
import { VerificationError, type VerificationErrorOptions } from './errors.ts'
import type { RequestFailure } from './http/request-failure.ts'
import type { VerificationKey } from './keys/key-set.ts'
import { createKeyLoader } from './keys/key-source.ts'
import { createKeyStore } from './keys/key-store.ts'
import { proxyAdvice } from './network/proxy-rules.ts'
import { createOnlineCheck } from './online-check.ts'
import type { DelegationVerifierOptions } from './options/options.ts'
import { createSettings } from './options/settings.ts'
import { createOutageReport } from './outage-report.ts'
import { currentMoment } from './support/clock.ts'
import { claimProblem } from './token/claim-rules.ts'
import { type DelegationClaims, toClaims } from './token/claims.ts'
import {
  checkRequirement,
  missingPermissions,
  type PermissionRequirement,
} from './token/permissions.ts'
import { candidatesFor, findSigner } from './token/signature.ts'
import {
  headerProblem,
  MAX_TOKEN_LENGTH,
  parseSignedToken,
  type SignedToken,
} from './token/signed-token.ts'
import { createTokenCache } from './token/token-cache.ts'
import { CODES } from './verification-codes.ts'
import { rememberParts } from './verifier-parts.ts'

/** Verifies the tokens of one tenant for one API. Created by `createDelegationVerifier`. */
export interface DelegationVerifier {
  /**
   * Returns the claims of a token that is valid for this API and has the required permissions. Pass
   * `undefined` for a request without a token. Rejects with a `VerificationError` in all other cases,
   * and with a `ConfigError` when the requirement has an unknown name, an empty array or a wrong
   * permission name.
   *
   * `context` says which request the token came with, for `onDecision`; it changes no decision. An unknown
   * name in it, or a value that is no string, is a `ConfigError`.
   */
  verify(
    token: string | undefined,
    requirement?: PermissionRequirement,
    context?: VerificationContext,
  ): Promise<DelegationClaims>
}

/**
 * Creates a verifier of AuthSec delegation tokens (contract 2.3, RFC 8725): RS256 with the tenant's
 * keys, an exact match of issuer and audience, and the claims `exp`, `iat`, `sub`, `iss` and `aud`. All
 * times are in seconds; the defaults are in `DelegationVerifierOptions`. The verifier loads the keys
 * when the first token of the tenant arrives.
 *
 * Throws a `ConfigError` that names the option when one is unknown, missing or wrong.
 *
 * @example
 * ```ts
 * import { createDelegationVerifier } from '@authsec/verify'
 *
 * const verifier = createDelegationVerifier({
 *   authSecUrl: 'https://auth.example.com',
 *   tenantId: '6f2c1d0e-8a77-4f57-9a39-0c6f3e6f6f10',
 *   audience: 'records-api',
 * })
 *
 * export async function subjectOf(token: string): Promise<string> {
 *   const claims = await verifier.verify(token, { permissions: ['records:read'] })
 *   return claims.sub
 * }
 * ```
 */
export function createDelegationVerifier(options: DelegationVerifierOptions): DelegationVerifier {
  const settings = createSettings(options)
  const { rules, clock, fetch, proxy, resourceMetadataUrl, callIdHeader } = settings
  // A function of the program decides itself which way requests go.
  const adviceFor = options.fetch
    ? undefined
    : (url: URL, isReached: boolean) => proxyAdvice(proxy, url, isReached)
  const tools = { fetch, clock, adviceFor }
  const cache = createTokenCache()
  const loadKeys = createKeyLoader(settings.keySource, tools)
  const keyStore = createKeyStore(loadKeys, clock, cache.retain)
  const onlineCheck =
    settings.onlineCheck &&
    createOnlineCheck({ settings: settings.onlineCheck, tenantId: rules.tenantId, ...tools })

  const verificationError = (facts: VerificationErrorOptions): VerificationError =>
    new VerificationError({ ...facts, resourceMetadataUrl })

  const report = createOutageReport(options.onUnavailable, clock)
  const reported = (facts: VerificationErrorOptions): VerificationError => {
    const error = verificationError(facts)
    report(error)
    return error
  }

  /** The claims of a token that is not in the cache. They are untrusted until the signature is verified. */
  async function verifyUncached(
    token: string,
    digest: string,
    found: Findings,
  ): Promise<DelegationClaims> {
    const now = currentMoment(clock)
    const parsed = parseSignedToken(token)
    if (!parsed) throw verificationError({ code: 'token_malformed' })
    found.isToken = true
    found.claimedClientId = parsed.payload['client_id']
    const message = headerProblem(parsed.header)
    if (message) throw verificationError({ code: 'token_invalid', message })
    const problem = claimProblem(parsed.payload, rules, now.wall)
    if (problem) throw verificationError(problem)
    const key = await signerOf(parsed)
    const claims = toClaims(parsed.payload)
    cache.set(digest, claims, key, now)
    return claims
  }

  async function signerOf(token: SignedToken): Promise<VerificationKey> {
    const keys = await keyStore.current()
    if (keys.length === 0) {
      throw reported(outage('keys_unavailable', keyStore))
    }
    const candidates = candidatesFor(token.header['kid'], keys)
    const signer = await findSigner(token, candidates)
    return signer ?? (await signerAfterReload(token, candidates))
  }

  /** The second attempt, with keys that were not loaded at the first one. */
  async function signerAfterReload(
    token: SignedToken,
    tried: readonly VerificationKey[],
  ): Promise<VerificationKey> {
    const keys = await keyStore.afterReload(tried.length === 0 ? 'unknown_kid' : 'bad_signature')
    const untried = candidatesFor(token.header['kid'], keys).filter((key) => !tried.includes(key))
    const signer = await findSigner(token, untried)
    if (signer) return signer
    const message = 'The token is not signed with a key of the tenant.'
    throw verificationError({ code: 'token_invalid', message })
  }

  async function assertNotRevoked(token: string, digest: string, found: Findings): Promise<void> {
    if (!onlineCheck) return
    const status = await onlineCheck.statusOf(token, digest)
    if (status === 'revoked') throw verificationError({ code: 'token_revoked' })
    if (status !== 'unknown') return
    const error = reported(outage('check_unavailable', onlineCheck))
    if (settings.onlineCheck?.rejectWhenUnavailable) throw error
    found.unchecked = error
  }

  /** All in one async function: each further one that waits for it adds to the cost of a cached token. */
  async function decide(
    token: string | undefined,
    needs: PermissionRequirement,
    context: VerificationContext | undefined,
    found: Findings,
  ): Promise<DelegationClaims> {
    const requirement = checkRequirement(needs)
    if (context !== undefined) checkContext(context)
    found.requirement = requirement
    if (token === undefined) throw verificationError({ code: 'token_missing' })
    if (typeof token !== 'string' || token.length > MAX_TOKEN_LENGTH) {
      throw verificationError({ code: 'token_malformed' })
    }
    const digest = hash('sha256', token, 'base64')
    const known = cache.get(digest, currentMoment(clock))
    found.cached = known !== undefined && keyStore.holds(known.key)
    const claims = known && found.cached ? known.claims : await verifyUncached(token, digest, found)
    found.isToken = true
    found.claims = claims
    if (onlineCheck) await assertNotRevoked(token, digest, found)
    const permissions = missingPermissions(claims.permissions, requirement)
    if (permissions) throw verificationError({ code: 'insufficient_permission', permissions })
    return claims
  }

  const decisions =
    options.onDecision && createDecisions(options.onDecision, { clock, tenantId: rules.tenantId })

  const verifier: DelegationVerifier = Object.freeze({
    verify(
      token: string | undefined,
      requirement: PermissionRequirement = {},
      context?: VerificationContext,
    ) {
      if (!decisions) return decide(token, requirement, context, {})
      const inquiry = { token, context }
      return decisions.observe(inquiry, (found) => decide(token, requirement, context, found))
    },
  })
  rememberParts(verifier, { resourceMetadataUrl, callIdHeader, reject: decisions?.reject })
  return verifier
}

/** The hint goes to logs. The response to the caller has neither it nor the code of the system. */
function outage(
  code: 'keys_unavailable' | 'check_unavailable',
  from: { retryAfterSeconds(): number; failure(): RequestFailure | undefined },
): VerificationErrorOptions {
  const { systemCode, advice } = from.failure() ?? {}
  const hint = advice === undefined ? undefined : `${CODES[code].hint} ${advice}`
  return { code, retryAfterSeconds: from.retryAfterSeconds(), systemCode, hint }
}
