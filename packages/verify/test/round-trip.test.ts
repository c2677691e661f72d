import type { Emulator } from '@authsec/emulator'
import { fastClock, testClient, testEmulator } from '@authsec-internal/test-kit'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { AuthSecEvent, ErrorReasons } from '../../core/src/events.ts'
import type { VerificationDecision, VerificationErrorCode } from '../src/index.ts'
import { type Authority, createAuthority, secondKey } from './support/authority.ts'
import { type ProtectedServer, servers } from './support/servers.ts'
import { createTestVerifier } from './support/verifier.ts'

let emulator: Emulator
beforeAll(async () => {
  emulator = await testEmulator()
})
afterAll(() => emulator.close())

interface Row {
  readonly code: VerificationErrorCode
  readonly what: string
  readonly status: number
  /** What reaches the API in place of the client's own header; `undefined` is none. */
  readonly header: (authority: Authority) => Promise<string | undefined>
  readonly before?: (authority: Authority) => void
}

const seconds = (authority: Authority): number => Math.floor(authority.clock.now() / 1000)
const signed =
  (changes: (now: number) => Record<string, unknown> = () => ({})): Row['header'] =>
  async (authority) =>
    `Bearer ${await authority.sign(changes(seconds(authority)))}`
const isDown = (authority: Authority): void => {
  authority.answer = () => Promise.reject(new TypeError('fetch failed'))
}
const validates = (answer: () => Response): Row['before'] => {
  return (authority) => {
    const bundle = authority.answer
    authority.answer = (url) => (url.pathname.endsWith('/validate') ? answer() : bundle(url))
  }
}
const row = (
  code: VerificationErrorCode,
  what: string,
  header: Row['header'],
  { status = 401, before }: { status?: number; before?: Row['before'] } = {},
): Row => ({ code, what, status, header, ...(before && { before }) })

const rows: Row[] = [
  row('token_missing', 'a proxy that removes the header', async () => undefined),
  row(
    'token_malformed',
    'a token that was cut',
    async (a) => `Bearer ${(await a.sign()).slice(9)}`,
  ),
  row('token_malformed', 'two tokens in one header', async (a) => {
    return `Bearer ${await a.sign()}, Bearer ${await a.sign()}`
  }),
  row('token_invalid', 'a signature of another key', async (a) => {
    return `Bearer ${await a.sign({}, { key: secondKey })}`
  }),
  row(
    'token_invalid',
    'a token without aud',
    signed(() => ({ aud: undefined })),
  ),
  row(
    'token_invalid',
    'a token without iss',
    signed(() => ({ iss: undefined })),
  ),
  row(
    'token_invalid',
    'an exp with a fraction',
    signed((now) => ({ exp: now + 0.5 })),
  ),
  row(
    'token_invalid',
    'a nbf that is a text',
    signed(() => ({ nbf: 'soon' })),
  ),
  row(
    'token_invalid',
    'an exp that is not after nbf',
    signed((now) => ({ exp: now, nbf: now })),
  ),
  row(
    'token_expired',
    'a token of yesterday',
    signed((now) => ({ exp: now - 60, iat: now - 90, nbf: now - 90 })),
  ),
  row(
    'token_not_active',
    'a token of tomorrow',
    signed((now) => ({ nbf: now + 60 })),
  ),
  row('token_revoked', 'a token that was revoked', signed(), {
    before: validates(() => Response.json({ valid: false })),
  }),
  row(
    'wrong_issuer',
    'a token of another tenant',
    signed(() => ({ iss: 'spiffe://other' })),
  ),
  row(
    'wrong_issuer',
    'a token of a mock',
    signed(() => ({ iss: 'spiffe://x.mock.authsec.invalid' })),
  ),
  row(
    'wrong_audience',
    'a token for another API',
    signed(() => ({ aud: ['other-api'] })),
  ),
  row(
    'insufficient_permission',
    'a token without permissions',
    signed(() => ({ permissions: [] })),
    {
      status: 403,
    },
  ),
  row('keys_unavailable', 'an AuthSec that is down', signed(), { status: 503, before: isDown }),
  row('check_unavailable', 'a check that is down', signed(), {
    status: 503,
    before: validates(() => new Response('down', { status: 502 })),
  }),
]

type Completed = Extract<AuthSecEvent, { type: 'request.completed' }> & ErrorReasons

describe.each(Object.entries(servers))("core's client of a verifier in %s", (_, start) => {
  let authority: Authority
  let server: ProtectedServer
  const decisions: VerificationDecision[] = []
  beforeEach(async () => {
    authority = createAuthority()
    decisions.length = 0
    server = await start(
      createTestVerifier(authority, {
        onlineCheck: { whenUnavailable: 'reject' },
        onDecision: (decision) => decisions.push(decision),
      }),
    )
    authority.answer = (
      (bundle) => (url: URL) =>
        url.pathname.endsWith('/validate') ? Response.json({ valid: true }) : bundle(url)
    )(authority.answer)
  })
  afterEach(() => server.close())

  /** Calls the API through the client; on the way, the header of the row takes the place of its own. */
  async function call({ header }: Pick<Row, 'header'>): Promise<Completed> {
    const events: AuthSecEvent[] = []
    const authorization = await header(authority)
    await using client = testClient(emulator, {
      clock: fastClock,
      resources: [{ name: 'records', baseUrl: server.url }],
      onEvent: (event) => events.push(event),
      fetch: async (input, init) => {
        if (!String(input).startsWith(server.url)) return await fetch(input, init)
        const headers = new Headers(init?.headers)
        headers.delete('authorization')
        if (authorization !== undefined) headers.set('authorization', authorization)
        return await fetch(input, { ...init, headers })
      },
    })
    await client.secureFetch({ endpoint: 'records' })
    const completed = events.findLast(({ type }) => type === 'request.completed')
    if (completed?.type !== 'request.completed') throw new Error('The call has no event.')
    return completed
  }

  test.each(rows)('is told $code of $what', async (one) => {
    one.before?.(authority)
    const { status, tokenProblem, detail = '' } = await call(one)
    expect(status).toBe(one.status)
    // An HTTP status of 403 or 503 is no problem of the token: there the reason begins with the code.
    const said = status === 401 ? tokenProblem : detail.split(':')[0]
    expect(said).toBe(one.code)
    if (status !== 401) expect(tokenProblem).toBeUndefined()
    const last = decisions.at(-1)
    expect(last).toMatchObject({ decision: 'rejected', code: one.code, status })
    expect(detail).toBe(`${one.code}: ${last?.reason}`)
  })

  test('is told of no problem when its token is accepted', async () => {
    const { status, tokenProblem, detail } = await call({ header: signed() })
    expect([status, tokenProblem, detail]).toEqual([200, undefined, undefined])
    expect(decisions).toMatchObject([{ decision: 'accepted', code: undefined }])
  })
})
