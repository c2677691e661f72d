import { hash } from 'node:crypto'
import { VerificationError, type VerificationErrorOptions } from './errors.ts'
import type { VerificationKey } from './keys/key-set.ts'
import { createKeyLoader } from './keys/key-source.ts'
import { createKeyStore } from './keys/key-store.ts'
import { createOnlineCheck } from './online-check.ts'
import type { DelegationVerifierOptions } from './options.ts'
import { createSettings } from './settings.ts'
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

/** Judges the tokens of one tenant for one API. Made by `createDelegationVerifier`. */
export interface DelegationVerifier {
  /**
   * The claims of a token that is good here and holds the permissions; `undefined` stands for a
   * request without a token. Throws a `VerificationError` for everything else, and a `TypeError` for
   * a requirement that cannot be meant.
   */
  verify(token: string | undefined, requirement?: PermissionRequirement): Promise<DelegationClaims>
}

/**
 * Makes a verifier of AuthSec delegation tokens (contract 2.3): RS256 with the tenant's keys, exact
 * issuer and audience, all of `exp iat sub iss aud`. Nothing is loaded until the first token of the
 * tenant arrives. Throws a `TypeError` that names the option when one is missing or wrong.
 *
 * ```ts
 * const verifier = createDelegationVerifier({
 *   authSecUrl: 'https://auth.example.com',
 *   tenantId: '6f2c1d0e-8a77-4f57-9a39-0c6f3e6f6f10',
 *   audience: 'records-api',
 * })
 * const claims = await verifier.verify(token, { permissions: ['records:read'] })
 * ```
 */
export function createDelegationVerifier(options: DelegationVerifierOptions): DelegationVerifier {
  const settings = createSettings(options)
  const { rules, clock, fetch, resourceMetadataUrl } = settings
  const cache = createTokenCache()
  const keyStore = createKeyStore(createKeyLoader(settings.keySource, fetch), clock, cache.retain)
  const onlineCheck =
    settings.onlineCheck &&
    createOnlineCheck({ settings: settings.onlineCheck, tenantId: rules.tenantId, fetch, clock })

  const refuse = (refusal: VerificationErrorOptions): VerificationError =>
    new VerificationError({ ...refusal, resourceMetadataUrl })

  /** The claims of a token nobody has seen lately; they are pure text until the last lines. */
  async function verifyAnew(token: string, digest: string): Promise<DelegationClaims> {
    const now = clock.now()
    const parsed = parseSignedToken(token)
    if (!parsed) throw refuse({ code: 'token_malformed' })
    const message = headerProblem(parsed.header)
    if (message) throw refuse({ code: 'token_invalid', message })
    const problem = claimProblem(parsed.payload, rules, now)
    if (problem) throw refuse(problem)
    const key = await signerOf(parsed)
    const claims = toClaims(parsed.payload)
    cache.set(digest, claims, key, now)
    return claims
  }

  async function signerOf(token: SignedToken): Promise<VerificationKey> {
    const keys = await keyStore.current()
    if (keys.length === 0) {
      throw refuse({
        code: 'keys_unavailable',
        retryAfterSeconds: keyStore.retryAfterSeconds(),
      })
    }
    const candidates = candidatesFor(token.header['kid'], keys)
    const signer = await findSigner(token, candidates)
    return signer ?? (await requireSigner(token, candidates))
  }

  /** The second look: with keys that were not there at the first. */
  async function requireSigner(
    token: SignedToken,
    tried: readonly VerificationKey[],
  ): Promise<VerificationKey> {
    const keys = await keyStore.afterReload(tried.length === 0 ? 'unknown_kid' : 'bad_signature')
    const untried = candidatesFor(token.header['kid'], keys).filter((key) => !tried.includes(key))
    const signer = await findSigner(token, untried)
    if (signer) return signer
    throw refuse({
      code: 'token_invalid',
      message: "None of the tenant's keys has signed the token.",
    })
  }

  async function assertNotRevoked(token: string, digest: string): Promise<void> {
    if (!onlineCheck) return
    const answer = await onlineCheck.ask(token, digest)
    if (answer === 'revoked') throw refuse({ code: 'token_revoked' })
    if (answer === 'unknown' && settings.onlineCheck?.refuseWhenUnavailable) {
      throw refuse({
        code: 'check_unavailable',
        retryAfterSeconds: onlineCheck.retryAfterSeconds(),
      })
    }
  }

  return Object.freeze({
    async verify(token: string | undefined, requirement: PermissionRequirement = {}) {
      const needed = checkRequirement(requirement)
      if (token === undefined) throw refuse({ code: 'token_missing' })
      if (typeof token !== 'string' || token.length > MAX_TOKEN_LENGTH) {
        throw refuse({ code: 'token_malformed' })
      }
      const digest = hash('sha256', token, 'base64')
      const known = cache.get(digest, clock.now())
      const claims =
        known && keyStore.holds(known.key) ? known.claims : await verifyAnew(token, digest)
      if (onlineCheck) await assertNotRevoked(token, digest)
      const missing = missingPermissions(claims.permissions, needed)
      if (missing) throw refuse({ code: 'insufficient_permission', permissions: missing })
      return claims
    },
  })
}
