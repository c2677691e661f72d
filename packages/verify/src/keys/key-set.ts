import { importRsaKey, type SignatureCheck } from '#runtime/platform/rsa-keys'
import { isRecord } from '../support/json-values.ts'

const MAX_KEYS = 32

/** The members of a JWK that are used: the modulus, the exponent and the key ID. */
export interface PublicJwk {
  readonly kid: string | undefined
  readonly n: string
  readonly e: string
}

/** An imported key that may verify signatures. */
export interface VerificationKey {
  readonly kid: string | undefined
  /** Equal for equal keys with the same `kid`. */
  readonly id: string
  readonly verifies: SignatureCheck
}

/**
 * The usable RS256 keys of a JWK Set (RFC 7517 section 5) without those of other types and sizes;
 * `undefined` when the value is not a JWK Set or has more than 32 keys.
 */
export function parseKeySet(value: unknown): readonly PublicJwk[] | undefined {
  const list = isRecord(value) ? value['keys'] : undefined
  if (!Array.isArray(list) || list.length > MAX_KEYS) return undefined
  return list.map(parseJwk).filter((jwk) => jwk !== undefined)
}

/** The members of an RSA signature key of 2048 to 8192 bits (RFC 7518 section 3.3); `undefined` for anything else. */
export function parseJwk(value: unknown): PublicJwk | undefined {
  if (!isRecord(value) || value['kty'] !== 'RSA') return undefined
  const { n, e, kid, use, alg, key_ops: operations } = value
  if (use !== undefined && use !== 'sig') return undefined
  if (alg !== undefined && alg !== 'RS256') return undefined
  if (Array.isArray(operations) && !operations.includes('verify')) return undefined
  if (kid !== undefined && typeof kid !== 'string') return undefined
  const modulus = numberOf(n)
  const exponent = numberOf(e)
  if (!modulus || !exponent || typeof n !== 'string' || typeof e !== 'string') return undefined
  const bits = modulus.toString(2).length
  if (bits < 2048 || bits > 8192) return undefined
  // With the exponent 1, a signature equals the message. An even exponent is invalid for RSA.
  if (exponent < 3n || exponent % 2n === 0n || exponent > 0xffff_ffffn) return undefined
  return { kid, n, e }
}

function numberOf(text: unknown): bigint | undefined {
  if (typeof text !== 'string' || !/^[\w-]{1,1400}$/.test(text)) return undefined
  // A last character of six bits has no whole byte.
  const whole = text.length % 4 === 1 ? text.slice(0, -1) : text
  const bytes = atob(whole.replaceAll('-', '+').replaceAll('_', '/'))
  const hex = Array.from(bytes, (byte) => byte.charCodeAt(0).toString(16).padStart(2, '0'))
  return BigInt(`0x${hex.join('') || '0'}`)
}

/** Imports the keys, and reuses those of `known` that are still in the set. */
export function importKeys(
  jwks: readonly PublicJwk[],
  known: readonly VerificationKey[],
): Promise<readonly VerificationKey[]> {
  const knownById = new Map(known.map((key) => [key.id, key]))
  const importKey = async ({ kid, n, e }: PublicJwk): Promise<VerificationKey> => {
    const id = JSON.stringify([kid, n, e])
    return knownById.get(id) ?? { kid, id, verifies: await importRsaKey(n, e) }
  }
  return Promise.all(jwks.map(importKey))
}
