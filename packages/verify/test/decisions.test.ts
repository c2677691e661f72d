import { randomUUID } from 'node:crypto'
import { plantSecret, renderings, watch } from '@authsec-internal/test-kit'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { fingerprint as coreFingerprint } from '../../core/src/support/fingerprint.ts'
import {
  createDelegationVerifier,
  type DelegationVerifier,
  type DelegationVerifierOptions,
  type VerificationDecision,
} from '../src/index.ts'
import {
  type Authority,
  assemble,
  createAuthority,
  secondKey,
  TENANT_ID,
} from './support/authority.ts'
import { thrownBy } from './support/mistakes.ts'
import { type ProtectedServer, servers } from './support/servers.ts'
import { codeOf, createTestVerifier, settle } from './support/verifier.ts'

const CALL_ID = 'call_0123456789abcdef'
const CLIENT_ID = '3b241101-e2bb-4255-8caf-4136c566a962'
const SUBJECT = `spiffe://example.org/tenants/${TENANT_ID}/agents/langchain/${CLIENT_ID}`
const AGENT = { client_id: CLIENT_ID, sub: SUBJECT }
plantSecret('the client ID', CLIENT_ID)

let authority: Authority
let decisions: VerificationDecision[]
beforeEach(() => {
  authority = createAuthority()
  decisions = []
})

const listening = (options: Partial<DelegationVerifierOptions> = {}): DelegationVerifier =>
  createTestVerifier(authority, {
    onDecision(decision) {
      // A log that prints everything.
      watch('decision', decision)
      decisions.push(decision)
    },
    ...options,
  })

/** A token whose signature no decision may hold. */
async function sign(
  changes: Record<string, unknown> = {},
  options: Parameters<Authority['sign']>[1] = {},
): Promise<string> {
  const token = await authority.sign({ ...AGENT, ...changes }, options)
  plantSecret('a token', token.split('.')[2] ?? '')
  return token
}

const encodeEach = (text: string, percent: string): string =>
  [...text].map((letter) => percent + letter.charCodeAt(0).toString(16)).join('')

describe.each(Object.entries(servers))('a decision in %s', (name, start) => {
  const hasRoutes = name !== 'fetch handler'
  let server: ProtectedServer
  beforeEach(async () => {
    server = await start(listening())
  })
  afterEach(() => server.close())

  const get = async (path: string, headers: Record<string, string> = {}): Promise<number> =>
    (await fetch(server.url + path, { headers })).status

  test('about an accepted request says who called what, with which permissions', async () => {
    const token = await sign()
    const headers = {
      authorization: `Bearer ${token}`,
      'x-request-id': 'req-7f3a',
      'x-authsec-call-id': CALL_ID,
    }
    for (let turn = 0; turn < 2; turn++) expect(await get('/records?q=secret', headers)).toBe(200)
    const expected = {
      time: new Date(authority.clock.now()),
      decision: 'accepted',
      token: coreFingerprint('tok', token),
      client: coreFingerprint('cid', CLIENT_ID),
      subject: SUBJECT.replace(CLIENT_ID, coreFingerprint('cid', CLIENT_ID)),
      permission: ['records:read'],
      anyPermission: [],
      held: ['records:read', 'metrics:read'],
      durationMs: 0,
      requestId: 'req-7f3a',
      callId: CALL_ID,
      method: 'GET',
      path: '/records',
      route: hasRoutes ? '/records' : undefined,
      cached: false,
    }
    expect(decisions).toEqual([expected, { ...expected, cached: true }])
    for (const part of [decisions[0], decisions[0]?.held, decisions[0]?.permission]) {
      expect(Object.isFrozen(part)).toBe(true)
    }
  })

  test('about a rejected request says why, once', async () => {
    const now = Math.floor(authority.clock.now() / 1000)
    const expired = await sign({ exp: now - 60, iat: now - 90, nbf: now - 90 })
    const poor = await sign({ permissions: [] })
    const statuses = [
      await get('/records?token=x'),
      await get('/records', { authorization: 'Bearer a b' }),
      await get('/records', { authorization: `Bearer ${expired}` }),
      await get('/either', { authorization: `Bearer ${poor}` }),
    ]
    expect(statuses).toEqual([401, 401, 401, 403])
    expect(decisions).toMatchObject([
      { code: 'token_missing', status: 401, path: '/records', method: 'GET' },
      { code: 'token_malformed', status: 401, path: '/records', permission: ['records:read'] },
      {
        code: 'token_expired',
        reason: 'The token has expired.',
        subject: undefined,
        held: undefined,
      },
      {
        code: 'insufficient_permission',
        status: 403,
        permission: [],
        anyPermission: ['records:write', 'records:read'],
        held: [],
        client: coreFingerprint('cid', CLIENT_ID),
      },
    ])
    expect(decisions[2]?.token).toBe(coreFingerprint('tok', expired))
    expect(decisions.map(({ decision }) => decision)).toEqual(Array(4).fill('rejected'))
  })

  test.each([
    ['call_0123456789abcde', 'too short'],
    ['call_0123456789abcdef0', 'too long'],
    ['call_0123456789ABCDEF', 'upper case'],
    [`${CALL_ID}, ${CALL_ID}`, 'two of them'],
    ['eyJhbGciOiJSUzI1NiJ9.e30.c2ln', 'a token'],
    ['', 'nothing'],
  ])('holds no call ID of another form: %s (%s)', async (callId) => {
    await get('/records', { 'x-authsec-call-id': callId })
    expect(decisions).toHaveLength(1)
    expect(decisions[0]?.callId).toBeUndefined()
  })

  test.each([
    ['a b', 'with a space'],
    ['x'.repeat(129), 'too long'],
    ['eyJhbGciOiJSUzI1NiJ9.e30.c2ln', 'a token'],
    ['{"a":1}', 'JSON'],
  ])('holds no request ID of another form: %s (%s)', async (requestId) => {
    await get('/records', { 'x-request-id': requestId })
    expect(decisions[0]?.requestId).toBeUndefined()
  })

  test('holds no secret that the caller repeats in headers and path', async () => {
    const token = await sign()
    const bad = await sign({}, { key: secondKey })
    for (const sent of [token, bad]) {
      const secrets = [token, bad, sent.split('.')[2] ?? '', CLIENT_ID, CLIENT_ID.toUpperCase()]
      for (const secret of secrets) {
        const encoded = secret.replaceAll('-', '%2D').replaceAll('.', '%2e')
        const headers = { authorization: `Bearer ${sent}`, 'x-request-id': secret }
        for (const path of [secret, encoded, `a%25/${secret}`, `x?q=${secret}`]) {
          await get(`/under/${path}`, headers)
          await get(`/records?x=${path}`, headers)
        }
      }
    }
    expect(decisions).toHaveLength(80)
    expect(decisions.every(({ requestId }) => requestId === undefined)).toBe(true)
    expect(decisions.every(({ path }) => path !== undefined && !path.includes('?'))).toBe(true)
    if (hasRoutes) expect(decisions[0]?.route).toMatch(/^\/under\/[:*{]/)
  })
})

describe('a decision about a token alone', () => {
  const decide = async (
    token: string | undefined,
    context: Record<string, string> = {},
    verifier = listening(),
  ): Promise<VerificationDecision> => {
    await codeOf(verifier.verify(token, {}, context))
    const [decision] = decisions.splice(0)
    if (!decision) throw new Error('There is no decision.')
    return decision
  }

  test('has no claim of a token whose signature was not verified', async () => {
    const secret = 'unverified-7f3a91'
    const claims = { sub: `spiffe://${secret}`, client_id: secret, permissions: [`${secret}:x`] }
    const forged = [
      await authority.sign(claims, { key: secondKey }),
      assemble({ alg: 'none' }, authority.claims(claims), 'AAAA'),
      await authority.sign({ ...claims, aud: ['other'] }),
      await authority.sign({ ...claims, exp: 1 }),
      await authority.sign({ ...claims, iss: secret }),
      await authority.sign({ ...claims, jti: 7 }),
    ]
    for (const token of forged) {
      const decision = await decide(token)
      expect(decision.decision).toBe('rejected')
      for (const text of renderings(decision)) expect(text).not.toContain(secret)
      expect([decision.subject, decision.client, decision.held]).toEqual(Array(3).fill(undefined))
      expect(decision.token).toBe(coreFingerprint('tok', token))
    }
  })

  test('has no fingerprint of what is not a token', async () => {
    for (const text of ['hunter2', 'a.b.c', '', 'x'.repeat(70_000)]) {
      expect(await decide(text)).toMatchObject({ code: 'token_malformed', token: undefined })
    }
    expect(await decide(undefined)).toMatchObject({ code: 'token_missing', token: undefined })
    for (const value of [7, null, {}, ['a.b.c'], Symbol('x')]) {
      const verifier = listening()
      await codeOf(Reflect.apply(verifier.verify, verifier, [value, {}, { path: '/a' }]))
      const malformed = { code: 'token_malformed', token: undefined, path: '/a' }
      expect(decisions.splice(0)).toMatchObject([malformed])
    }
  })

  test.each([
    ['in upper case', CLIENT_ID.toUpperCase()],
    ['without hyphens', CLIENT_ID.replaceAll('-', '')],
  ])("has core's fingerprint of a client ID %s", async (_how, client_id) => {
    const decision = await decide(await sign({ client_id }))
    expect(decision.client).toBe(coreFingerprint('cid', CLIENT_ID))
    expect(decision.subject).toMatch(/\/tenants\/[\w-]{36}\/agents\/langchain\/cid_[0-9a-f]{8}$/)
  })

  test('has no UUID in its subject but that of the tenant, when no claim says which is the client ID', async () => {
    const decision = await decide(await sign({ client_id: undefined }))
    expect(decision.client).toBeUndefined()
    expect(decision.subject).toBe(SUBJECT.replace(CLIENT_ID, coreFingerprint('cid', CLIENT_ID)))
  })

  test('keeps an ID in the path that is not the client ID', async () => {
    const path = `/records/${randomUUID()}`
    expect((await decide(await sign(), { path })).path).toBe(path)
  })

  test.each([
    ['/a?b=c', '/a'],
    ['/a#b', '/a'],
    ['https://user:pw@api.example.com/a?b', '/a'],
    ['https://api.example.com', '/'],
    ['/a\r\nforged line', '/a\\u{d}\\u{a}forged line'],
    ['/a\u202eb', '/a\\u{202e}b'],
    [`/${'x'.repeat(600)}`, `/${'x'.repeat(508)}...`],
    ['/eyJhbGciOiJSUzI1NiJ9.e30.c2ln/x', '/[REDACTED]/x'],
    ['/%2565yJhbGciOiJSUzI1NiJ9.e30/x', '/[REDACTED]/x'],
  ])('has of the path %j one printable line without query: %j', async (path, shown) => {
    expect((await decide(undefined, { path })).path).toBe(shown)
  })

  test.each(['', 'a%2525'])(
    'has no piece of a token of somebody else in its path %s',
    async (before) => {
      const other = await sign()
      const encodings = [
        other,
        other.replaceAll('.', '%2e'),
        encodeEach(other, '%'),
        encodeEach(other, '%25'),
      ]
      for (const encoded of [
        ...encodings,
        encodeEach(other, '%2525'),
        encodeEach(other, '%252525'),
      ]) {
        const { path } = await decide(undefined, { path: `/under/${before}${encoded}/x` })
        expect(path).toMatch(/^\/under\/[a%]*\[REDACTED\]\/x$/)
      }
    },
  )

  test('has nothing of what was sent as a token, when that is percent-encoded itself', async () => {
    const sent = 'hunter2-%41%2541-hunter2'
    for (const path of [sent, encodeURIComponent(sent), decodeURIComponent(sent)]) {
      expect((await decide(sent, { path: `/a/${path}` })).path).toBe('/a/[REDACTED]')
    }
  })

  const insert = (text: string, written: string): string =>
    text
      .split('.')
      .map((part) => part.slice(0, 12) + written + part.slice(12))
      .join('.')
  const inBase64 = (text: string): string => Buffer.from(text).toString('base64')

  test.each<[string, (token: string) => string]>([
    ['in base64', inBase64],
    ['in base64url', (token) => Buffer.from(token).toString('base64url')],
    ['in base64 behind other letters', (token) => `ab${inBase64(token)}`],
    ['in base64 of a longer text', (token) => inBase64(`{"token":"${token}"}`)],
    ['in base64 that is percent-encoded', (token) => encodeURIComponent(inBase64(token))],
    ['in hex', (token) => Buffer.from(token).toString('hex')],
    [
      'in hex, upper case, behind one digit',
      (token) => `0${Buffer.from(token).toString('hex').toUpperCase()}`,
    ],
    ['with line feeds in it', (token) => insert(token, '%0a')],
    ['with zeros in it', (token) => insert(token, '%00')],
    ['with controls in it', (token) => insert(token, '%1f')],
    ['with C1 controls in it', (token) => insert(token, '%c2%85')],
    ['with letters of no width in it', (token) => insert(token, '%e2%80%8b')],
    ['with line feeds encoded twice', (token) => insert(token, '%250a')],
  ])('has nothing of its own token %s, and the path around it stays', async (_what, encode) => {
    const token = await sign()
    const { path } = await decide(token, { path: `/a/${encode(token)}/x` })
    expect(path).toMatch(/^\/a\/[\w.]{0,3}\[REDACTED\](\.?\[REDACTED\])*[\w=]{0,2}\/x$/)
  })

  test('has the fingerprint of the client ID that is in base64 or hex', async () => {
    const token = await sign()
    const shown = coreFingerprint('cid', CLIENT_ID)
    for (const encoding of ['base64', 'base64url', 'hex'] as const) {
      const path = `/a/${Buffer.from(CLIENT_ID).toString(encoding)}/x`
      expect((await decide(token, { path })).path).toBe(`/a/${shown}/x`)
    }
  })

  test.each([
    'p\u00e4ssw\u00f6rt-geheim-12345',
    '\u5bc6\u7801\u5bc6\u7801\u5bc6\u7801-geheim-12345',
    'emoji-\u{1f511}\u{1f511}-geheim-12345',
    'my secret pass phrase',
    'my+secret+pass+phrase',
  ])('has nothing of what was sent as a token with unusual letters: %j', async (secret) => {
    const bytes = Buffer.from(secret).toString('latin1')
    const forms = [encodeURIComponent(secret), encodeURIComponent(encodeURIComponent(secret))]
    const plus = new URLSearchParams({ a: secret }).toString().slice(2)
    for (const sent of [secret, bytes]) {
      for (const form of [...forms, plus, bytes, Buffer.from(secret).toString('base64url')]) {
        const { path } = await decide(sent, { path: `/a/${form}/x` })
        expect(path).toBe('/a/[REDACTED]/x')
      }
    }
  })

  test.each(['/', ';', '%2F', '%252f', '%E3%80%82', ',', ':', '%20', '|', '%ef%bc%8e', '/%00/'])(
    'has no signature of a token of somebody else with %s for its dots',
    async (mark) => {
      const other = await sign()
      const { path = '' } = await decide(undefined, { path: `/a/${other.replaceAll('.', mark)}/x` })
      expect(path).toBe('/a/[REDACTED]/x')
    },
  )

  test('has a path as it is, when it only looks encoded or like a token', async () => {
    const token = await sign()
    const paths = ['/n/%C3%A4', '/a+b/c%20d', '/%0a', '/eyJ/x', '/dGhpcyBpcyBub3RoaW5nIHNlY3JldA']
    for (const path of [...paths, `/${'0123456789abcdef'.repeat(4)}`, '/files/100%25/x']) {
      expect((await decide(token, { path })).path).toBe(path)
    }
    const path = '/eyJhbGciOiJSUzI1NiJ9/records-of-everybody-else-in-the-world/x'
    expect((await decide(token, { path })).path).toMatch(/REDACTED\]\/records-of-everybody/)
  })

  test('cannot have its path or route hidden by a caller who sends them as a token', async () => {
    const context = { path: '/records', route: '/records/of/everybody/else' }
    expect(await decide('/records', context)).toMatchObject(context)
    expect(await decide('/records/of/everybody/else', context)).toMatchObject(context)
    const claims = authority.claims({ client_id: '/records' })
    expect(await decide(assemble({ alg: 'none' }, claims, 'AAAA'), context)).toMatchObject(context)
  })

  test('takes no longer for a path that is made to be slow', async () => {
    const verifier = listening()
    const start = performance.now()
    for (const part of ['eyJ', 'eyJaaaaaa.', '%25', '????', '3b241101-']) {
      await decide(undefined, { path: part.repeat(20_000), route: part.repeat(2_000) }, verifier)
    }
    expect(performance.now() - start).toBeLessThan(2_000)
  })

  test('says the time that the keys took, by the monotonic clock', async () => {
    const { answer } = authority
    authority.answer = (url) => {
      authority.clock.advance(250)
      authority.clock.jump(-3_600_000)
      return answer(url)
    }
    expect((await decide(await sign())).durationMs).toBe(250)
  })

  test('names the cause of an outage', async () => {
    authority.answer = () => {
      throw new TypeError('fetch failed', {
        cause: Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }),
      })
    }
    expect(await decide(await sign())).toMatchObject({
      decision: 'rejected',
      code: 'keys_unavailable',
      status: 503,
      cause: 'ECONNREFUSED',
    })
  })

  test('says of an accepted token that there was no online check', async () => {
    const { answer } = authority
    authority.answer = (url) =>
      url.pathname.endsWith('/validate') ? new Response('', { status: 502 }) : answer(url)
    const verifier = listening({ onlineCheck: { whenUnavailable: 'accept' } })
    expect(await decide(await sign(), {}, verifier)).toMatchObject({
      decision: 'accepted',
      code: 'check_unavailable',
      status: undefined,
      client: coreFingerprint('cid', CLIENT_ID),
    })
  })

  test('has the subject of a token that was verified and then revoked', async () => {
    const { answer } = authority
    authority.answer = (url) =>
      url.pathname.endsWith('/validate') ? Response.json({ valid: false }) : answer(url)
    const verifier = listening({ onlineCheck: { whenUnavailable: 'reject' } })
    const decision = await decide(await sign(), {}, verifier)
    expect(decision).toMatchObject({ code: 'token_revoked', status: 401 })
    expect(decision.subject).toMatch(/cid_[0-9a-f]{8}$/)
  })
})

describe('onDecision', () => {
  /** Like a promise of another library that is broken. */
  const thenable: object = Object.defineProperty({}, 'then', {
    get() {
      throw new Error('then')
    },
  })

  test.each<[string, (decision: VerificationDecision) => unknown]>([
    [
      'throws',
      () => {
        throw new Error('disk full')
      },
    ],
    ['rejects', () => Promise.reject(new Error('disk full'))],
    ['never settles', () => new Promise(() => {})],
    ['returns something whose then throws', () => thenable],
    ['changes what it gets', (decision) => Object.assign(decision, { decision: 'accepted' })],
    [
      'throws nothing that is an error',
      () => {
        throw undefined
      },
    ],
  ])('changes no decision when it %s', async (_what, onDecision) => {
    const verifier = listening({ onDecision: (decision) => void decisions.push(decision) })
    const faulty = listening({ onDecision: onDecision as (decision: VerificationDecision) => void })
    const poor = await sign({ permissions: [] })
    for (const one of [verifier, faulty]) {
      expect((await one.verify(await sign())).client_id).toBe(CLIENT_ID)
      expect(await codeOf(one.verify(poor, { permissions: ['a:b'] }))).toBe(
        'insufficient_permission',
      )
      expect(await codeOf(one.verify(undefined))).toBe('token_missing')
    }
    await settle()
  })

  test('is not told of a mistake in the program', async () => {
    const verifier = listening()
    await thrownBy(() => verifier.verify('x', Object({ permission: ['a:b'] })))
    for (const context of [null, 7, 'GET /', [], { paht: '/' }, { path: 7 }, { callId: null }]) {
      await thrownBy(() => Reflect.apply(verifier.verify, verifier, ['x', {}, context]))
    }
    expect(decisions).toEqual([])
  })

  test('is told by a verifier whose middleware is another verifier around it', async () => {
    const inner = listening()
    const outer: DelegationVerifier = { verify: (...args) => inner.verify(...args) }
    const server = await servers['express']?.(outer)
    await fetch(`${server?.url}/records`, { headers: { 'x-authsec-call-id': CALL_ID } })
    await server?.close()
    expect(decisions).toMatchObject([{ code: 'token_missing', callId: CALL_ID, path: '/records' }])
  })

  test('reads the call ID from the header that callIdHeader names, and from no other', async () => {
    const server = await servers['hono']?.(listening({ callIdHeader: 'X-Call' }))
    await fetch(`${server?.url}/records`, { headers: { 'x-call': CALL_ID } })
    await fetch(`${server?.url}/records`, { headers: { 'x-authsec-call-id': CALL_ID } })
    await server?.close()
    expect(decisions.map(({ callId }) => callId)).toEqual([CALL_ID, undefined])
  })

  test('is optional: without it a context is accepted, and checked all the same', async () => {
    const { key } = authority
    const verifier = createDelegationVerifier({
      keys: [key.jwk],
      tenantId: TENANT_ID,
      audience: 'records-api',
      clock: authority.clock,
    })
    const claims = await verifier.verify(await sign(), {}, { path: '/a', callId: 'anything' })
    expect(claims.client_id).toBe(CLIENT_ID)
    await thrownBy(() => verifier.verify('x', {}, Object({ paht: '/' })))
  })
})
