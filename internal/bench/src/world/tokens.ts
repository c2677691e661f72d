import { randomUUID } from 'node:crypto'
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, SignJWT } from 'jose'

export const AUDIENCE = 'records-api'
export const PERMISSION = 'records:read'

/** A tenant, its public key in the forms that libraries take, and tokens that it signed. */
export interface SignedTokens {
  readonly tenantId: string
  readonly issuer: string
  readonly jwk: Readonly<Record<string, unknown>>
  readonly pem: string
  readonly publicKey: CryptoKey
  readonly tokens: readonly [string, ...string[]]
}

/** Signs that many tokens with the claims of the server's (contract 2.3). */
export async function signTokens(count: number): Promise<SignedTokens> {
  const options = { modulusLength: 2048, extractable: true }
  const { privateKey, publicKey } = await generateKeyPair('RS256', options)
  const tenantId = randomUUID()
  const [first, ...rest] = await Promise.all(
    Array.from({ length: count }, () => sign(tenantId, privateKey)),
  )
  if (first === undefined) throw new Error('A bench needs at least one token.')
  return {
    tenantId,
    issuer: issuerOf(tenantId),
    jwk: { ...(await exportJWK(publicKey)), kid: 'default', use: 'sig', alg: 'RS256' },
    pem: await exportSPKI(publicKey),
    publicKey,
    tokens: [first, ...rest],
  }
}

const issuerOf = (tenantId: string): string => `spiffe://${tenantId}`

function sign(tenantId: string, privateKey: CryptoKey): Promise<string> {
  const sub = `spiffe://example.org/tenants/${tenantId}/agents/langchain/${randomUUID()}`
  return new SignJWT({
    user_id: randomUUID(),
    email: 'admin@example.com',
    tenant_id: tenantId,
    agent_type: 'langchain',
    permissions: ['metrics:read', PERMISSION],
    client_id: randomUUID(),
  })
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT' })
    .setIssuer(issuerOf(tenantId))
    .setSubject(sub)
    .setAudience([AUDIENCE])
    .setIssuedAt()
    .setNotBefore('0s')
    .setExpirationTime('4h')
    .setJti(randomUUID())
    .sign(privateKey)
}
