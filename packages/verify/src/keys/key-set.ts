import type { CryptoKey } from 'jose'
import { importJWK } from 'jose/key/import'
import { isRecord } from '../json-values.ts'

const MOST_KEYS = 32

/** What is taken from a JWK: the public numbers and the name, nothing else. */
export interface PublicJwk {
  readonly kid: string | undefined
  readonly n: string
  readonly e: string
}

/** A key that may verify signatures, ready for use. */
export interface VerificationKey {
  readonly kid: string | undefined
  /** The same for the same key under the same name. */
  readonly id: string
  readonly cryptoKey: CryptoKey
}

/**
 * The usable RS256 keys of a JWK Set (RFC 7517 section 5), those of other kinds and strengths left
 * out; `undefined` when it is not a JWK Set, or one of more than 32 keys.
 */
export function parseKeySet(value: unknown): readonly PublicJwk[] | undefined {
  const list = isRecord(value) ? value['keys'] : undefined
  if (!Array.isArray(list) || list.length > MOST_KEYS) return undefined
  return list.map(parseJwk).filter((jwk) => jwk !== undefined)
}

/** `undefined` for what is not an RSA signature key of 2048 to 8192 bits (RFC 7518 section 3.3). */
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
  // With an exponent of 1 a signature is the message; an even one is no RSA key.
  if (exponent < 3n || exponent % 2n === 0n || exponent > 0xffff_ffffn) return undefined
  return { kid, n, e }
}

function numberOf(text: unknown): bigint | undefined {
  if (typeof text !== 'string' || !/^[\w-]{1,1400}$/.test(text)) return undefined
  return BigInt(`0x${Buffer.from(text, 'base64url').toString('hex') || '0'}`)
}

/** Makes the keys ready, and keeps those of `known` that are still there. */
export async function importKeys(
  jwks: readonly PublicJwk[],
  known: readonly VerificationKey[],
): Promise<readonly VerificationKey[]> {
  const knownById = new Map(known.map((key) => [key.id, key]))
  return await Promise.all(
    jwks.map(async ({ kid, n, e }) => {
      const id = JSON.stringify([kid, n, e])
      return knownById.get(id) ?? { kid, id, cryptoKey: await importPublicKey(n, e) }
    }),
  )
}

async function importPublicKey(n: string, e: string): Promise<CryptoKey> {
  const key = await importJWK({ kty: 'RSA', n, e, alg: 'RS256' }, 'RS256')
  if (key instanceof Uint8Array) throw new TypeError('An RSA key is never bytes.')
  return key
}
