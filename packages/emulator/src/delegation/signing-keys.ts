import {
  type CryptoKey,
  exportJWK,
  generateKeyPair,
  type JWK,
  type JWTPayload,
  SignJWT,
} from 'jose'

/** One RSA key, made when first needed: an RSA key takes longer than everything else here. */
export interface SigningKey {
  sign(claims: JWTPayload): Promise<string>
  publicKey(): Promise<CryptoKey>
  /** The bundle as the server publishes it (contract 2.1). */
  jwks(): Promise<{ keys: JWK[] }>
  /** Loses the key and makes another, as the server does when its key store forgets. */
  rotate(): Promise<void>
}

/** `kid` names the key in the bundle only: the server's tokens carry none. */
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
