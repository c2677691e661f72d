import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type RawAnswer, sendRaw } from '../../../internal/test-kit/src/raw-socket.ts'
import { authenticateRequest, expressBearer, fastifyBearer } from '../src/index.ts'
import { type Authority, createAuthority } from './support/authority.ts'
import { type ProtectedServer, servers } from './support/servers.ts'
import { codeOf, createTestVerifier } from './support/verifier.ts'

const METADATA = 'https://records.example.com/.well-known/oauth-protected-resource'

/** Headers of one request, in which TOKEN stands for a valid token and OTHER for another one. */
const refused: readonly [string, readonly string[], RegExp][] = [
  [
    'twice, first a valid token',
    ['Authorization: Bearer TOKEN', 'Authorization: Bearer x'],
    /more than one Auth|one token/,
  ],
  [
    'twice, last a valid token',
    ['Authorization: Bearer x', 'Authorization: Bearer TOKEN'],
    /more than one Auth|one token/,
  ],
  [
    'twice with the same token',
    ['Authorization: Bearer TOKEN', 'authorization: Bearer TOKEN'],
    /more than one Auth|one token/,
  ],
  [
    'twice with two valid tokens',
    ['AUTHORIZATION: Bearer TOKEN', 'Authorization: Bearer OTHER'],
    /more than one Auth|one token/,
  ],
  [
    'twice with two schemes',
    ['Authorization: Bearer TOKEN', 'Authorization: Basic YTpi'],
    /more than one Auth|one token/,
  ],
  [
    'twice with Basic first',
    ['Authorization: Basic YTpi', 'Authorization: Bearer TOKEN'],
    /more than one Auth|one token/,
  ],
  [
    'twice, first empty',
    ['Authorization:', 'Authorization: Bearer TOKEN'],
    /more than one Auth|one token/,
  ],
  [
    'twice, last empty',
    ['Authorization: Bearer TOKEN', 'Authorization:'],
    /more than one Auth|one token/,
  ],
  ['three times', Array(3).fill('Authorization: Bearer TOKEN'), /more than one Auth|one token/],
  ['with two tokens joined by a comma', ['Authorization: Bearer TOKEN,Bearer OTHER'], /one token/],
  ['with two tokens after one Bearer', ['Authorization: Bearer TOKEN, OTHER'], /one token/],
  ['with Basic and a token', ['Authorization: Basic YTpi, Bearer TOKEN'], /one token/],
  ['with a comma at the end', ['Authorization: Bearer TOKEN,'], /one token/],
  ['with a tab after Bearer', ['Authorization: Bearer\tTOKEN'], /one token/],
  ['with a tab after the space', ['Authorization: Bearer \tTOKEN'], /one token/],
  ['with Bearer twice', ['Authorization: Bearer Bearer TOKEN'], /one token/],
  ['with a parameter after the token', ['Authorization: Bearer TOKEN realm=x'], /one token/],
  ['with quotes', ['Authorization: Bearer "TOKEN"'], /one token/],
  ['with a no-break space at the end', ['Authorization: Bearer TOKEN\u00a0'], /one token/],
  ['with an equals sign after Bearer', ['Authorization: Bearer=TOKEN'], /one token/],
  ['with Bearer alone', ['Authorization: Bearer'], /one token/],
  ['without a scheme', ['Authorization: TOKEN'], /no bearer token/],
  ['without a value', ['Authorization:'], /no bearer token/],
  ['with a scheme that begins like Bearer', ['Authorization: Bearers TOKEN'], /no bearer token/],
  ['of a proxy', ['Proxy-Authorization: Bearer TOKEN'], /no bearer token/],
]

describe.each(Object.entries(servers))('%s', (_, start) => {
  let authority: Authority
  let server: ProtectedServer

  beforeEach(async () => {
    authority = createAuthority()
    server = await start(createTestVerifier(authority, { resourceMetadataUrl: METADATA }))
  })
  afterEach(() => server.close())

  async function sent(headers: readonly string[]): Promise<RawAnswer> {
    const [token, other] = [await authority.sign(), await authority.sign()]
    const named = headers.map((line) => line.replace('TOKEN', token).replace('OTHER', other))
    const start = ['GET /records HTTP/1.1', 'Host: records', 'Connection: close']
    const answer = await sendRaw(server.url, [...start, ...named])
    expect(answer.text).not.toContain(token)
    return answer
  }

  test.each(refused)('rejects the header %s and says why', async (_name, headers, reason) => {
    const answer = await sent(headers)
    expect(answer.status).toBe(401)
    expect(answer.body).toMatch(reason)
    expect(answer.text).toContain(`resource_metadata="${METADATA}"`)
  })

  test.each([
    ['in any case of letters', ['aUTHORIZATION: bEARER TOKEN']],
    ['with spaces', ['Authorization:   Bearer   TOKEN  ']],
    ['beside similar headers', ['X-Authorization: Bearer x', 'Authorization: Bearer TOKEN']],
    ['beside one of a proxy', ['Authorization: Bearer TOKEN', 'Proxy-Authorization: Basic YTpi']],
    [
      'beside a header with its name as value',
      ['X-Name: Authorization', 'Authorization: Bearer TOKEN'],
    ],
  ])('accepts one header %s', async (_name, headers) => {
    expect((await sent(headers)).status).toBe(200)
  })
})

describe('a standard Request', () => {
  test('with two headers is rejected, because it joins them', async () => {
    const authority = createAuthority()
    const request = new Request('https://records.example.com/')
    request.headers.append('authorization', `Bearer ${await authority.sign()}`)
    request.headers.append('authorization', `Bearer ${await authority.sign()}`)
    const result = await authenticateRequest(createTestVerifier(authority), request)
    expect(result).toMatchObject({ ok: false, error: { code: 'token_malformed', status: 401 } })
  })
})

describe('a request without rawHeaders, as some hosts give it', () => {
  const response = () => ({ statusCode: 0, setHeader() {}, end() {} })

  test('is accepted with one header and rejected with a list of them', async () => {
    const authority = createAuthority()
    const verifier = createTestVerifier(authority)
    const authorization = `Bearer ${await authority.sign()}`
    const passes = async (headers: object): Promise<boolean[]> => {
      const passed = [false, true]
      await Reflect.apply(expressBearer(verifier), undefined, [
        { headers },
        response(),
        () => {
          passed[0] = true
        },
      ])
      const reply = { code: () => {}, headers: () => {}, send: () => (passed[1] = false) }
      await Reflect.apply(fastifyBearer(verifier), undefined, [{ headers }, reply])
      return passed
    }
    expect(await passes({ authorization })).toEqual([true, true])
    expect(await passes({ authorization: [authorization] })).toEqual([false, false])
    expect(await passes({ authorization: [authorization, authorization] })).toEqual([false, false])
  })
})

test('verify itself takes the token without its scheme', async () => {
  const authority = createAuthority()
  const verifier = createTestVerifier(authority)
  const token = await authority.sign()
  expect(await codeOf(verifier.verify(token))).toBe('ok')
  expect(await codeOf(verifier.verify(`Bearer ${token}`))).toBe('token_malformed')
})
