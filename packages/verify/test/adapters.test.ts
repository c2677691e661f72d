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

/** A claim at so many seconds from now. */
const at =
  (name: string, offset: number): Row['header'] =>
  async (authority) => {
    const time = seconds(authority) + offset
    const extra = name === 'exp' ? { iat: time - 600, nbf: time - 600 } : {}
    return `Bearer ${await authority.sign({ ...extra, [name]: time })}`
  }

const invalid = (description: string): string =>
  `Bearer error="invalid_token", error_description="${description}", ${KNOWN}`

const good = (name: string, header: Row['header'], more: Partial<Row> = {}): Row => ({
  name,
  header,
  status: 200,
  ...more,
})
const refused = (
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
  good('a good token', bearer()),
  good('a good token under a scheme in small letters', async (a) => `bearer ${await a.sign()}`),
  good('a good token that names its key', bearer({}, { kid: 'default' })),
  good('a good token without a type', bearer({}, { typ: undefined })),
  good('one audience as a text', bearer({ aud: 'records-api' })),
  good('our audience among others', bearer({ aud: ['other-api', 'records-api'] })),
  good('one of several permissions', bearer(), { path: '/either' }),
  good('no permission where none is needed', bearer({ permissions: undefined }), {
    path: '/any-token',
  }),
  good('expired 4 s ago, within the tolerance', at('exp', -4)),
  good('valid in 5 s, within the tolerance', at('nbf', 5)),
  refused('expired 5 s ago', 'token_expired', at('exp', -5), {
    challenge: invalid('The token has expired.'),
  }),
  refused('expired 6 s ago', 'token_expired', at('exp', -6)),
  refused('not yet valid for 6 s', 'token_not_active', at('nbf', 6)),
  refused('issued in the future', 'token_not_active', at('iat', 6)),
  refused('no header at all', 'token_missing', () => undefined, { challenge: `Bearer ${KNOWN}` }),
  refused('another scheme', 'token_missing', () => 'Basic YTpi'),
  refused('a scheme without a token', 'token_malformed', () => 'Bearer'),
  refused('something that is no JWT', 'token_malformed', () => 'Bearer hello', {
    challenge: invalid('The bearer token is not a signed JWT.'),
  }),
  refused('two tokens', 'token_malformed', async (a) => `Bearer ${await a.sign()}, Bearer x`),
  refused(
    'an empty signature',
    'token_malformed',
    (a) => `Bearer ${assemble({ alg: 'RS256' }, a.claims(), '')}`,
  ),
  refused(
    'alg none',
    'token_invalid',
    (a) => `Bearer ${assemble({ alg: 'none' }, a.claims(), 'AAAA')}`,
  ),
  refused('HS256 keyed with the public key', 'token_invalid', (a) => {
    const unsigned = assemble({ alg: 'HS256', typ: 'JWT' }, a.claims(), '').slice(0, -1)
    const mac = createHmac('sha256', JSON.stringify(a.key.jwk)).update(unsigned)
    return `Bearer ${unsigned}.${mac.digest('base64url')}`
  }),
  refused('alg none over a genuine signature', 'token_invalid', (a) => {
    const unsigned = assemble({ alg: 'none', typ: 'JWT' }, a.claims(), '').slice(0, -1)
    const signature = sign('sha256', Buffer.from(unsigned), a.key.privateKey)
    return `Bearer ${unsigned}.${signature.toString('base64url')}`
  }),
  refused('an embedded key', 'token_invalid', async (a) => {
    const header = { jwk: secondKey.jwk }
    return `Bearer ${await a.sign({}, { key: secondKey, header })}`
  }),
  refused('a key address', 'token_invalid', bearer({}, { jku: 'https://evil.test/jwks' })),
  refused('a certificate address', 'token_invalid', bearer({}, { x5u: 'https://evil.test/x5u' })),
  refused(
    'a critical extension',
    'token_invalid',
    (a) => `Bearer ${assemble({ alg: 'RS256', crit: ['exp'], exp: 1 }, a.claims(), 'AAAA')}`,
  ),
  refused(
    "a stranger's key under the same name",
    'token_invalid',
    async (a) => `Bearer ${await a.sign({}, { key: secondKey, header: { kid: 'default' } })}`,
  ),
  refused('another audience', 'wrong_audience', bearer({ aud: ['other-api'] }), {
    challenge: invalid('The token was issued for another audience.'),
  }),
  refused(
    'another tenant',
    'wrong_issuer',
    bearer({
      iss: 'spiffe://11111111-2222-4333-8444-555555555555',
    }),
  ),
  refused(
    'an emulator in mock mode',
    'wrong_issuer',
    async (a) => `Bearer ${await a.sign({ iss: `spiffe://${a.tenantId}.mock.authsec.invalid` })}`,
  ),
  refused('no expiry', 'token_invalid', bearer({ exp: undefined })),
  refused('no permission', 'insufficient_permission', bearer({ permissions: ['metrics:read'] }), {
    status: 403,
    challenge: `Bearer error="insufficient_scope", error_description="The token lacks a permission that this call needs.", scope="records:read", ${KNOWN}`,
  }),
  refused('one permission of two', 'insufficient_permission', bearer(), {
    path: '/both',
    status: 403,
  }),
  refused(
    'a longer name of the permission',
    'insufficient_permission',
    bearer({
      permissions: ['records:readonly', 'records:*', '*'],
    }),
    { status: 403 },
  ),
  good('a rotated key under the same name', async (a) => {
    a.published = [secondKey]
    return `Bearer ${await a.sign({}, { key: secondKey })}`
  }),
  refused('the key before the rotation', 'token_invalid', bearer(), {
    before: (a) => {
      a.published = [secondKey]
    },
  }),
  refused('no bundle since the start', 'keys_unavailable', bearer(), {
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

  test.each(rows)('$name: $status', async (row) => {
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

  test('a bundle that goes down does not fail valid tokens', async () => {
    const first = await get('/records', `Bearer ${await authority.sign()}`)
    authority.answer = () => Promise.reject(new TypeError('fetch failed'))
    authority.clock.advance(1_800_000)
    const second = await get('/records', `Bearer ${await authority.sign()}`)
    await settle()
    expect([first.status, second.status]).toEqual([200, 200])
  })
})
