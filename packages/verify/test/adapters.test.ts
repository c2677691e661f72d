import { createHmac, sign } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Authority, assemble, createAuthority, secondKey } from './support/authority.ts'
import { type ProtectedServer, servers } from './support/servers.ts'
import { createTestVerifier, settle } from './support/verifier.ts'

const METADATA = 'https://records.example.com/.well-known/oauth-protected-resource'
const KNOWN = `resource_metadata="${METADATA}"`

interface Row {
  name: string
  /** The Authorization header; `undefined` sends none. */
  header: (authority: Authority) => Promise<string | undefined> | string | undefined
  path?: string
  before?: (authority: Authority) => void
  status: number
  code?: string
  challenge?: string
}

const bearer =
  (changes?: Record<string, unknown>, header?: Record<string, unknown>): Row['header'] =>
  async (authority) =>
    `Bearer ${await authority.sign(changes, header && { header })}`

const seconds = (authority: Authority): number => Math.floor(authority.clock.now() / 1000)

/** A token with a time claim, in seconds from now. */
const at =
  (name: string, offset: number): Row['header'] =>
  async (authority) => {
    const time = seconds(authority) + offset
    const extra = name === 'exp' ? { iat: time - 600, nbf: time - 600 } : {}
    return `Bearer ${await authority.sign({ ...extra, [name]: time })}`
  }

const invalid = (code: string, description: string): string =>
  `Bearer error="invalid_token", error_description="${description}", authsec_code="${code}", ${KNOWN}`

const accepted = (name: string, header: Row['header'], more: Partial<Row> = {}): Row => ({
  name,
  header,
  status: 200,
  ...more,
})
const rejected = (
  name: string,
  code: string,
  header: Row['header'],
  more: Partial<Row> = {},
): Row => ({
  name,
  header,
  status: 401,
  code,
  ...more,
})

const rows: Row[] = [
  accepted('a valid token', bearer()),
  accepted('a valid token after a scheme in lower case', async (a) => `bearer ${await a.sign()}`),
  accepted('a valid token with a kid', bearer({}, { kid: 'default' })),
  accepted('a valid token without a typ', bearer({}, { typ: undefined })),
  accepted('a token whose aud is a string', bearer({ aud: 'records-api' })),
  accepted(
    'a token with this audience among others',
    bearer({ aud: ['other-api', 'records-api'] }),
  ),
  accepted('a token with one of several accepted permissions', bearer(), { path: '/either' }),
  accepted(
    'a token without permissions on a route that requires none',
    bearer({ permissions: undefined }),
    {
      path: '/any-token',
    },
  ),
  accepted('a token that expired 4 s ago, within the tolerance', at('exp', -4)),
  accepted('a token that is valid in 5 s, within the tolerance', at('nbf', 5)),
  rejected('a token that expired 5 s ago', 'token_expired', at('exp', -5), {
    challenge: invalid('token_expired', 'The token has expired.'),
  }),
  rejected('a token that expired 6 s ago', 'token_expired', at('exp', -6)),
  rejected('a token that is valid in 6 s', 'token_not_active', at('nbf', 6)),
  rejected('a token that was issued in the future', 'token_not_active', at('iat', 6)),
  rejected('a request without the header', 'token_missing', () => undefined, {
    challenge: `Bearer ${KNOWN}`,
  }),
  rejected('another scheme', 'token_missing', () => 'Basic YTpi'),
  rejected('a scheme without a token', 'token_malformed', () => 'Bearer'),
  rejected('a token that is not a JWT', 'token_malformed', () => 'Bearer hello', {
    challenge: invalid('token_malformed', 'The bearer token is not a signed JWT.'),
  }),
  rejected('two tokens', 'token_malformed', async (a) => `Bearer ${await a.sign()}, Bearer x`),
  rejected(
    'an empty signature',
    'token_malformed',
    (a) => `Bearer ${assemble({ alg: 'RS256' }, a.claims(), '')}`,
  ),
  rejected(
    'alg none',
    'token_invalid',
    (a) => `Bearer ${assemble({ alg: 'none' }, a.claims(), 'AAAA')}`,
  ),
  rejected('HS256 keyed with the public key', 'token_invalid', (a) => {
    const unsigned = assemble({ alg: 'HS256', typ: 'JWT' }, a.claims(), '').slice(0, -1)
    const mac = createHmac('sha256', JSON.stringify(a.key.jwk)).update(unsigned)
    return `Bearer ${unsigned}.${mac.digest('base64url')}`
  }),
  rejected('alg none with a valid signature', 'token_invalid', (a) => {
    const unsigned = assemble({ alg: 'none', typ: 'JWT' }, a.claims(), '').slice(0, -1)
    const signature = sign('sha256', Buffer.from(unsigned), a.key.privateKey)
    return `Bearer ${unsigned}.${signature.toString('base64url')}`
  }),
  rejected('a key in the header', 'token_invalid', async (a) => {
    const header = { jwk: secondKey.jwk }
    return `Bearer ${await a.sign({}, { key: secondKey, header })}`
  }),
  rejected(
    'the URL of a key in the header',
    'token_invalid',
    bearer({}, { jku: 'https://evil.test/jwks' }),
  ),
  rejected(
    'the URL of a certificate in the header',
    'token_invalid',
    bearer({}, { x5u: 'https://evil.test/x5u' }),
  ),
  rejected(
    'a critical extension',
    'token_invalid',
    (a) => `Bearer ${assemble({ alg: 'RS256', crit: ['exp'], exp: 1 }, a.claims(), 'AAAA')}`,
  ),
  rejected(
    'a signature with an unknown key under a known kid',
    'token_invalid',
    async (a) => `Bearer ${await a.sign({}, { key: secondKey, header: { kid: 'default' } })}`,
  ),
  rejected('a token for another audience', 'wrong_audience', bearer({ aud: ['other-api'] }), {
    challenge: invalid('wrong_audience', 'The token was issued for another audience.'),
  }),
  rejected(
    'a token of another tenant',
    'wrong_issuer',
    bearer({
      iss: 'spiffe://11111111-2222-4333-8444-555555555555',
    }),
  ),
  rejected(
    'a token of an emulator in mock mode',
    'wrong_issuer',
    async (a) => `Bearer ${await a.sign({ iss: `spiffe://${a.tenantId}.mock.authsec.invalid` })}`,
  ),
  rejected('a token without exp', 'token_invalid', bearer({ exp: undefined })),
  rejected(
    'a token without the permission',
    'insufficient_permission',
    bearer({ permissions: ['metrics:read'] }),
    {
      status: 403,
      challenge: `Bearer error="insufficient_scope", error_description="The token lacks a permission that this call needs.", authsec_code="insufficient_permission", scope="records:read", ${KNOWN}`,
    },
  ),
  rejected('a token with one permission of two', 'insufficient_permission', bearer(), {
    path: '/both',
    status: 403,
  }),
  rejected(
    'a token with a longer permission name',
    'insufficient_permission',
    bearer({
      permissions: ['records:readonly', 'records:*', '*'],
    }),
    { status: 403 },
  ),
  accepted('a token signed with a rotated key under the same kid', async (a) => {
    a.published = [secondKey]
    return `Bearer ${await a.sign({}, { key: secondKey })}`
  }),
  rejected('a token signed with the key before a rotation', 'token_invalid', bearer(), {
    before: (a) => {
      a.published = [secondKey]
    },
  }),
  rejected('a valid token when no keys were ever loaded', 'keys_unavailable', bearer(), {
    status: 503,
    before: (a) => {
      a.answer = () => new Response('down', { status: 502 })
    },
  }),
]

describe.each(Object.entries(servers))('%s', (_, start) => {
  let authority: Authority
  let server: ProtectedServer

  beforeEach(async () => {
    authority = createAuthority()
    server = await start(createTestVerifier(authority, { resourceMetadataUrl: METADATA }))
  })
  afterEach(() => server.close())

  const get = async (path: string, authorization?: string): Promise<Response> =>
    await fetch(
      server.url + path,
      authorization === undefined ? {} : { headers: { authorization } },
    )

  test.each(rows)('responds with $status to $name', async (row) => {
    row.before?.(authority)
    const { path = '/records' } = row
    const response = await get(path, await row.header(authority))
    const body = (await response.json()) as { error?: string; sub?: string }
    expect([response.status, body.error]).toEqual([row.status, row.code])
    const challenge = response.headers.get('www-authenticate')
    if (row.challenge) expect(challenge).toBe(row.challenge)
    if (row.status === 200) expect(body.sub).toMatch(/^spiffe:/)
    if (row.status === 503) expect(response.headers.get('retry-after')).toBe('1')
    expect(challenge !== null).toBe(row.status === 401 || row.status === 403)
    if (row.status !== 200) expect(response.headers.get('cache-control')).toBe('no-store')
  })

  test('accepts valid tokens while the key server is down', async () => {
    const first = await get('/records', `Bearer ${await authority.sign()}`)
    authority.answer = () => Promise.reject(new TypeError('fetch failed'))
    authority.clock.advance(1_800_000)
    const second = await get('/records', `Bearer ${await authority.sign()}`)
    await settle()
    expect([first.status, second.status]).toEqual([200, 200])
  })
})
