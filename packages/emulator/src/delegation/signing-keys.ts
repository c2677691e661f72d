import {
  type CryptoKey,
  exportJWK,
  generateKeyPair,
  type JWK,
  type JWTPayload,
  SignJWT,
} from 'jose'

/** An RSA key, which is generated at its first use because that takes longer than anything else here. */
export interface SigningKey {
  sign(claims: JWTPayload): Promise<string>
  publicKey(): Promise<CryptoKey>
  /** The key bundle in the form that the server publishes (contract 2.1). */
  jwks(): Promise<{ keys: JWK[] }>
  /** Replaces the key, as the server does after the loss of its key store. */
  rotate(): Promise<void>
}

/** `kid` appears only in the bundle. The server's tokens have no `kid` (contract 2.1). */
export function createSigningKey(kid: string): SigningKey {
  const generate = (): ReturnType<typeof generateKeyPair> =>
    generateKeyPair('RS256', { modulusLength: 2048 })
  let pair: ReturnType<typeof generateKeyPair> | undefined
  const current = (): ReturnType<typeof generateKeyPair> => {
    pair ??= generate()
    return pair
  }
  return {
    async sign(claims) {
      const { privateKey } = await current()
      return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', typ: 'JWT' }).sign(privateKey)
    },
    publicKey: async () => (await current()).publicKey,
    async jwks() {
      const { n = '', e = '' } = await exportJWK((await current()).publicKey)
      return { keys: [{ kty: 'RSA', use: 'sig', alg: 'RS256', kid, n, e }] }
    },
    async rotate() {
      pair = generate()
      await pair
    },
  }
}

/** The keys of the tenants, K3 of contract 2.1. A key belongs to the literal text of the tenant's ID. */
export interface TenantKeys {
  /** The key for this text. The server makes one for any text. */
  of(tenantId: string): SigningKey
  /** The key, if one was made for this text. */
  existing(tenantId: string): SigningKey | undefined
}

/** A caller chooses the texts, so only this number of keys is kept. */
const MAX_KEYS = 200

export function createTenantKeys(): TenantKeys {
  const keys = new Map<string, SigningKey>()
  return {
    existing: (tenantId) => keys.get(tenantId),
    of(tenantId) {
      const key = keys.get(tenantId) ?? createSigningKey('default')
      if (keys.size < MAX_KEYS) keys.set(tenantId, key)
      return key
    },
  }
}
