import { generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto'
import { type JWTPayload, SignJWT } from 'jose'
import { createFakeClock, type FakeClock } from './fake-clock.ts'

export interface TestKey {
  readonly privateKey: KeyObject
  readonly jwk: { kty?: string; n?: string; e?: string; [member: string]: unknown }
}

export function createTestKey(kid = 'default', modulusLength = 2048): TestKey {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength })
  const jwk = { ...publicKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid }
  return { privateKey, jwk }
}

/** Stands in for AuthSec's key service: signs tokens, and publishes the keys that a test sets. */
export interface Authority {
  readonly clock: FakeClock
  readonly tenantId: string
  /** The claims of a valid token, with changes; `undefined` removes a claim. */
  claims(changes?: Record<string, unknown>): JWTPayload
  sign(
    changes?: Record<string, unknown>,
    options?: { key?: TestKey; header?: Record<string, unknown> },
  ): Promise<string>
  readonly key: TestKey
  /** The keys in the bundle; changing them is a rotation. */
  published: TestKey[]
  /** Creates every response of the server; throw for a network failure. */
  answer: (url: URL) => Response | Promise<Response>
  /** Times and addresses of the requests so far. */
  readonly requests: { at: number; url: URL; init: RequestInit }[]
  fetch(input: string, init: RequestInit): Promise<Response>
}

export const TENANT_ID = '6f2c1d0e-8a77-4f57-9a39-0c6f3e6f6f10'
export const AUDIENCE = 'records-api'
export const AUTHSEC_URL = 'https://auth.example.com'

// RSA keys are slow to make, and no test changes one.
const firstKey = createTestKey()
export const secondKey: TestKey = createTestKey()

export function createAuthority(clock: FakeClock = createFakeClock()): Authority {
  const authority: Authority = {
    clock,
    tenantId: TENANT_ID,
    key: firstKey,
    published: [firstKey],
    requests: [],
    answer: () => Response.json({ keys: authority.published.map(({ jwk }) => jwk) }),
    claims(changes = {}) {
      const seconds = Math.floor(clock.now() / 1000)
      const claims: Record<string, unknown> = {
        iss: `spiffe://${TENANT_ID}`,
        sub: `spiffe://example.org/tenants/${TENANT_ID}/agents/langchain/a1`,
        aud: [AUDIENCE],
        exp: seconds + 3_600,
        nbf: seconds,
        iat: seconds,
        jti: randomUUID(),
        user_id: randomUUID(),
        email: 'admin@example.com',
        tenant_id: TENANT_ID,
        agent_type: 'langchain',
        permissions: ['records:read', 'metrics:read'],
        client_id: randomUUID(),
        ...changes,
      }
      return Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined))
    },
    async sign(changes = {}, { key = firstKey, header = {} } = {}) {
      return await new SignJWT(authority.claims(changes))
        .setProtectedHeader({ alg: 'RS256', typ: 'JWT', ...header })
        .sign(key.privateKey)
    },
    async fetch(input, init) {
      const url = new URL(input)
      authority.requests.push({ at: clock.now(), url, init })
      return await authority.answer(url)
    },
  }
  return authority
}

/** A compact token of any header, payload and signature. */
export function assemble(header: unknown, payload: unknown, signature: string): string {
  const part = (value: unknown): string =>
    Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
  return `${part(header)}.${part(payload)}.${signature}`
}
