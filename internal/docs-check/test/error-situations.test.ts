import { once } from 'node:events'
import { createServer as createHttps } from 'node:https'
import { type AddressInfo, createServer as createTcp } from 'node:net'
import {
  type AuthSecClient,
  AuthSecError,
  createAuthSecClient,
  createAuthSecClientFromEnv,
  createConsoleReporter,
} from '@authsec/core'
import { defineSecureFetch } from '@authsec/core/tool'
import type { Emulator } from '@authsec/emulator'
import {
  authenticateRequest,
  createDelegationVerifier,
  type DelegationVerifierOptions,
  type VerificationError,
} from '@authsec/verify'
import {
  anotherProcess,
  fastClock,
  rejection,
  selfSigned,
  startConnectProxy,
  startServer,
  startTlsFront,
  type TestServer,
  testClient,
  testEmulator,
  thrown,
  watch,
} from '@authsec-internal/test-kit'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'

/**
 * What a developer reads in the situations that come first: each error names the cause in its message and
 * the remedy in its hint, over real connections.
 */

let emulator: Emulator
beforeAll(async () => {
  emulator = await testEmulator()
})
afterAll(() => emulator.close())
afterEach(() => vi.unstubAllEnvs())

const ROLE = { roleArn: 'arn:aws:iam::123456789012:role/reader' }
const OTHER_TENANT = '11111111-2222-4333-8444-555555555555'

interface Said {
  readonly code: string
  readonly cause: RegExp
  readonly remedy: RegExp
}

/** The error says this, and no value of the configuration. */
function expectSaid(error: unknown, { code, cause, remedy }: Said): void {
  if (!AuthSecError.isInstance(error)) throw error
  expect(error.code).toBe(code)
  expect(error.message).toMatch(cause)
  expect(error.hint).toMatch(remedy)
  const text = JSON.stringify(error)
  for (const value of [
    emulator.clientId,
    OTHER_TENANT,
    emulator.tenantId,
    'p4ssw0rd',
    '/secret-path',
  ]) {
    expect(text).not.toContain(value)
  }
}

const clientAt = (baseUrl: string, options: object = {}): AuthSecClient =>
  testClient({ ...emulator, baseUrl }, { timeoutMs: 2_000, ...options })

/** The error of each way to AuthSec: token, approval and exchange. */
async function tokenError(baseUrl: string, options?: object): Promise<Error> {
  const client = clientAt(baseUrl, options)
  const error = await rejection(client.getDelegationToken())
  await client.close()
  return error
}

function approvalError(baseUrl: string): Promise<Error> {
  const question = {
    approver: 'approver@example.com',
    message: 'Delete the record?',
    action: { id: 1 },
  }
  return rejection(clientAt(baseUrl).startApproval(question))
}

/** The token comes from the emulator, and the exchange fails by itself. */
async function exchangeError(answer: Parameters<typeof startServer>[0]): Promise<Error> {
  await using server = await startServer(async (request, response) => {
    if (request.url?.includes('/spire/')) return answer(request, response)
    const headers = { 'x-client-id': String(request.headers['x-client-id']) }
    const token = await fetch(`${emulator.baseUrl}${request.url}`, { headers })
    response.writeHead(token.status, { 'content-type': 'application/json' }).end(await token.text())
  })
  return await rejection(clientAt(server.baseUrl).exchangeCloudCredentials('aws', ROLE))
}

const page =
  (status: number): Parameters<typeof startServer>[0] =>
  (_request, response) =>
    void response.writeHead(status, { 'content-type': 'text/html; charset=utf-8' }).end('<html>Hi')

describe('another web server at the base URL', () => {
  const remedy = /check AUTHSEC_BASE_URL: another web server, a login page or a proxy/i

  it.each([
    [200, 'invalid_response'],
    [400, 'client_id_rejected'],
    [401, 'authentication_required'],
    [403, 'access_refused'],
    [405, 'request_rejected'],
    [410, 'delegation_expired'],
    [502, 'server_error'],
  ])('is named as the cause when its page has the status %d', async (status, code) => {
    await using server = await startServer(page(status))
    expectSaid(await tokenError(server.baseUrl), { code, cause: /web page answered/, remedy })
  })

  it('is named as the cause where it has no such path', async () => {
    await using server = await startServer(page(404))
    expectSaid(await tokenError(server.baseUrl), {
      code: 'wrong_base_url',
      cause: /has no AuthSec API at this address \(HTTP 404\)/,
      remedy: /Set AUTHSEC_BASE_URL to the root/,
    })
  })

  it('is suspected where a 404 in JSON is not in the words of AuthSec', async () => {
    await using server = await startServer((_request, response) => {
      response.writeHead(404, { 'content-type': 'application/json' }).end('{"message":"No route"}')
    })
    const error = await tokenError(server.baseUrl)
    expectSaid(error, { code: 'no_active_delegation', cause: /no active delegation/, remedy })
    await using other = await testEmulator()
    other.control.revoke()
    const own = await rejection(testClient(other).getDelegationToken())
    expect(Reflect.get(own, 'hint')).not.toMatch(/AUTHSEC_BASE_URL/)
  })

  it('is named where it redirects to a login page', async () => {
    await using server = await startServer((_request, response) => {
      response.writeHead(302, { location: 'https://login.example.com/?next=/secret-path' }).end()
    })
    expectSaid(await tokenError(server.baseUrl), {
      code: 'redirect_blocked',
      cause: /answered with a redirect/,
      remedy: /Set AUTHSEC_BASE_URL to the final address/,
    })
  })

  it.each([200, 401, 403, 404])(
    'is named when an approval is asked for (HTTP %d)',
    async (status) => {
      await using server = await startServer(page(status))
      const error = await approvalError(server.baseUrl)
      expect(error.message).toMatch(/web page answered.*so nothing was done/)
      expect(Reflect.get(error, 'hint')).toMatch(remedy)
    },
  )

  it.each([200, 401, 404, 500])(
    'is named when it answers the exchange (HTTP %d)',
    async (status) => {
      const error = await exchangeError(page(status))
      expect(error.message).toMatch(/web page answered the exchange/)
      expect(Reflect.get(error, 'hint')).toMatch(remedy)
    },
  )

  it('is named when it answers in place of a protected API', async () => {
    await using server = await startServer(page(200))
    await using missing = await startServer(page(404))
    const at = (baseUrl: string): AuthSecClient =>
      testClient(emulator, { resources: [{ name: 'crm', baseUrl }] })
    expectSaid(await rejection(at(server.baseUrl).secureFetch({ endpoint: 'x' })), {
      code: 'unexpected_content_type',
      cause: /answered with text\/html instead of JSON/,
      remedy: /Check the base URL: a login page or a proxy/,
    })
    const outcome = await defineSecureFetch(at(missing.baseUrl)).execute({ endpoint: 'x' })
    expect(outcome).toMatchObject({
      code: 'not_found',
      message: expect.stringMatching(
        /web page answered: the base URL of the resource may be wrong/,
      ),
    })
  })
})

describe('a base URL', () => {
  const mistake = (baseUrl: string): Error =>
    thrown(() => createAuthSecClient({ baseUrl, clientId: emulator.clientId }))

  it.each([
    [
      'https://auth.example.com/authsec/authsec',
      /has \/authsec more than once/,
      /to the root of the AuthSec server/,
    ],
    ['https://auth.example.com/authsec/authsec/', /has \/authsec more than once/, /to the root/],
    ['https://auth.example.com/secret-path', /has a path other than \/authsec/, /to the root/],
    ['https://auth.example.com/?key=p4ssw0rd', /has a query or a fragment/, /Remove it/],
    ['"https://auth.example.com"', /has quotes or brackets around it/, /Remove them/],
    ['http://auth.example.com', /does not use https/, /Use https:\/\//],
    ['auth.example.com', /is not an absolute URL/, /Write it in full/],
    ['localhost:7468', /is not an absolute URL/, /Write it in full/],
  ])('%s is explained by the client', (baseUrl, cause, remedy) => {
    expectSaid(mistake(baseUrl), { code: 'config_invalid', cause, remedy })
  })

  it.each([
    [
      'https://auth.example.com/authsec/authsec',
      /has \/authsec more than once/,
      /to the root of the server/,
    ],
    ["'https://auth.example.com'", /has quotes or brackets around it/, /Remove them/],
    ['localhost:7468', /must be an absolute URL/, /with its scheme/],
  ])('%s is explained by the verifier', (authSecUrl, cause, remedy) => {
    const error = thrown(() =>
      createDelegationVerifier({ authSecUrl, tenantId: OTHER_TENANT, audience: 'api' }),
    )
    expectSaid(error, { code: 'config_invalid', cause, remedy })
  })
})

describe('quotes that were copied with a value', () => {
  const said = {
    code: 'config_invalid',
    cause: /has quotes or brackets around it/,
    remedy: /Remove them/,
  }
  const quotations = [
    ['double quotes', (value: string) => `"${value}"`],
    ['single quotes', (value: string) => `'${value}'`],
    ['typographic quotes', (value: string) => `\u201c${value}\u201d`],
    ['a quote before it alone', (value: string) => `"${value}`],
    ['the brackets of a placeholder', (value: string) => `<${value}>`],
    ['quotes and spaces', (value: string) => ` "${value}" `],
  ] as const

  it.each(quotations)('are named as the cause: %s', (_what, quoted) => {
    const { baseUrl, clientId } = emulator
    const env = { AUTHSEC_BASE_URL: baseUrl, AUTHSEC_AGENT_CLIENT_ID: quoted(clientId) }
    expectSaid(
      thrown(() => createAuthSecClientFromEnv(env)),
      said,
    )
    expectSaid(
      thrown(() => createAuthSecClient({ baseUrl, clientId: quoted(clientId) })),
      said,
    )
    const tenantId = quoted(OTHER_TENANT)
    expectSaid(
      thrown(() => createAuthSecClient({ baseUrl, clientId, tenantId })),
      said,
    )
    const apiToken = quoted('p4ssw0rd')
    expectSaid(
      thrown(() => createAuthSecClient({ baseUrl, clientId, apiToken })),
      said,
    )
    const options = { authSecUrl: baseUrl, tenantId, audience: 'api' }
    expectSaid(
      thrown(() => createDelegationVerifier(options)),
      said,
    )
    expectSaid(
      thrown(() => createAuthSecClientFromEnv({ AUTHSEC_MODE: quoted('mock') })),
      said,
    )
  })

  it('are not named for a UUID in the forms that the server takes, and for a cut one', () => {
    const { baseUrl, clientId } = emulator
    for (const form of [`{${clientId}}`, `urn:uuid:${clientId}`, ` ${clientId.toUpperCase()} `]) {
      expect(createAuthSecClient({ baseUrl, clientId: form }).mode).toBe('live')
    }
    expectSaid(
      thrown(() => createAuthSecClient({ baseUrl, clientId: clientId.slice(1) })),
      {
        code: 'config_invalid',
        cause: /clientId is not a UUID/,
        remedy: /AUTHSEC_AGENT_CLIENT_ID/,
      },
    )
  })
})

describe('a connection that fails', () => {
  let tls: ReturnType<typeof createHttps>
  beforeAll(async () => {
    tls = createHttps({ ...selfSigned(['127.0.0.1']) }, (_request, response) => response.end('{}'))
    tls.listen(0, '127.0.0.1')
    await once(tls, 'listening')
  })
  afterAll(() => tls.close())

  const tlsPort = (): number => (tls.address() as AddressInfo).port
  /** A port on which nothing listens any more. */
  async function closedPort(): Promise<number> {
    const server = createTcp().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    await new Promise((resolve) => server.close(resolve))
    return port
  }

  const situations: readonly (readonly [string, () => Promise<string>, RegExp, RegExp])[] = [
    [
      'http to a port that speaks TLS',
      async () => `http://127.0.0.1:${tlsPort()}`,
      /closed the connection without an answer/,
      /speaks TLS on this port, write https:\/\//,
    ],
    [
      'https to a port without TLS',
      async () => emulator.baseUrl.replace('http:', 'https:'),
      /does not speak TLS on this port/,
      /Correct the port, or write http:\/\//,
    ],
    [
      'a self-signed certificate',
      async () => `https://127.0.0.1:${tlsPort()}`,
      /self-signed/,
      /NODE_EXTRA_CA_CERTS/,
    ],
    [
      'a closed port',
      async () => `http://127.0.0.1:${await closedPort()}`,
      /cannot be reached \(ECONNREFUSED\)/,
      /Check .*the network and the (server|API)/,
    ],
  ]

  it.each(situations)('says so of AuthSec and of an API: %s', async (_what, url, cause, remedy) => {
    const baseUrl = await url()
    const token = await tokenError(baseUrl)
    const client = testClient(emulator, { resources: [{ name: 'crm', baseUrl }] })
    const call = await rejection(client.secureFetch({ endpoint: 'secret-path' }))
    for (const error of [token, call]) {
      expect(error.message).toMatch(cause)
      expect(Reflect.get(error, 'hint')).toMatch(remedy)
      expect(JSON.stringify(error)).not.toMatch(/secret-path|127\.0\.0\.1/)
    }
    const outcome = await defineSecureFetch(client).execute({ endpoint: 'x' })
    expect(outcome).toMatchObject({ ok: false, message: expect.stringMatching(cause) })
  })

  it.each(situations.slice(1))('says so of an approval: %s', async (_what, url, cause, remedy) => {
    const error = await approvalError(await url())
    expect(`${error.message} ${Reflect.get(error, 'hint')}`).toMatch(
      _what === 'a closed port' ? /ECONNREFUSED/ : cause,
    )
    expect(Reflect.get(error, 'hint')).toMatch(
      _what === 'a closed port' ? /Check AUTHSEC_BASE_URL/ : remedy,
    )
  })

  it('says so where the exchange alone is cut off', async () => {
    const error = await exchangeError((request) => void request.socket.destroy())
    expect(error.message).toMatch(/closed the connection without an answer/)
    expect(Reflect.get(error, 'hint')).toMatch(/AUTHSEC_BASE_URL.*https:\/\//)
  })

  it('names the other name of a certificate', async () => {
    await using front = await startTlsFront(emulator.baseUrl, ['other.test'])
    expectSaid(await tokenError(`https://127.0.0.1:${front.port}`), {
      code: 'tls_error',
      cause: /it is for another name/,
      remedy: /Use a name in the URL that the certificate of the server has/,
    })
  })

  it('names the variable or the option of a proxy that is needed', async () => {
    const remedy = /AUTHSEC_PROXY/
    const cause = /cannot be reached/
    for (const name of ['HTTPS_PROXY', 'https_proxy', 'NO_PROXY', 'no_proxy', 'ALL_PROXY']) {
      vi.stubEnv(name, undefined)
    }
    const code = 'network_error'
    expectSaid(await tokenError('https://auth.invalid'), { code, cause, remedy })
    vi.stubEnv('HTTPS_PROXY', 'http://user:p4ssw0rd@127.0.0.1:9')
    const unused = /HTTPS_PROXY is set and not used.*NODE_USE_ENV_PROXY=1/
    expectSaid(await tokenError('https://auth.invalid'), { code, cause, remedy: unused })
  })

  it.each([
    [{ refuse: 403 }, /allow this server in the proxy/],
    [{ credentials: 'user:p4ssw0rd' }, /With 407 put user name and password/],
  ])('names a proxy that refuses: %j', async (options, remedy) => {
    await using proxy = await startConnectProxy(options)
    expectSaid(await tokenError('https://auth.example.com', { proxy: proxy.url }), {
      code: 'proxy_refused',
      cause: /The proxy does not connect/,
      remedy,
    })
  })
})

describe('a delegation', () => {
  const again = /administrator to delegate to this agent again/

  it('that was never made is said to be that', async () => {
    await using other = await testEmulator()
    other.control.revoke()
    expectSaid(await rejection(testClient(other).getDelegationToken()), {
      code: 'no_active_delegation',
      cause: /none was made, or it was revoked or has expired/,
      remedy: again,
    })
  })

  it('that was revoked while its token was held is said to be that, and kept in mind', async () => {
    await using other = await testEmulator()
    const client = testClient(other)
    await client.getDelegationToken()
    other.control.revoke()
    for (const forceRefresh of [true, false]) {
      expectSaid(await rejection(client.getDelegationToken({ forceRefresh })), {
        code: 'no_active_delegation',
        cause: /was revoked or has expired since its last token/,
        remedy: again,
      })
    }
    other.control.delegate()
    expect((await client.getDelegationToken({ forceRefresh: true })).permissions).not.toEqual([])
  })

  it('that has expired is said to be that, before and after a token was held', async () => {
    await using other = await testEmulator()
    const held = testClient(other)
    await held.getDelegationToken()
    other.control.expire()
    const said = { code: 'delegation_expired', cause: /has expired/, remedy: again }
    const cold = testClient(other, anotherProcess())
    expectSaid(await rejection(cold.getDelegationToken()), said)
    const error = await rejection(held.getDelegationToken({ forceRefresh: true }))
    expect(error.message).toMatch(/was revoked or has expired since its last token/)
    expect(Reflect.get(error, 'hint')).toMatch(again)
  })

  it('of another tenant than the option says is refused with both ends', async () => {
    expectSaid(await tokenError(emulator.baseUrl, { tenantId: OTHER_TENANT }), {
      code: 'wrong_tenant',
      cause: /token of tenant \w+, but tenantId is \w+/,
      remedy: /Correct AUTHSEC_TENANT_ID/,
    })
  })

  it('without a permission is named before anything is sent', async () => {
    const resources = [{ name: 'vault', baseUrl: emulator.vaultUrl, permission: 'incidents:write' }]
    const client = testClient(emulator, { resources })
    expectSaid(await rejection(client.secureFetch({ endpoint: 'metrics' })), {
      code: 'permission_missing',
      cause: /does not include the permission incidents:write/,
      remedy: /Ask the AuthSec administrator to delegate incidents:write/,
    })
  })
})

describe('a host that cannot be one', () => {
  const id = 'a594430b-2bd4-4792-9666-63162ee858c5'
  const verifierOf = (authSecUrl: string) =>
    createDelegationVerifier({ authSecUrl, tenantId: OTHER_TENANT, audience: 'api' })

  it.each([
    '$AUTH_HOST',
    '{host}',
    '*.example.com',
    'auth.example.com;',
    'auth.example.com,',
    'a..b',
    '(a)',
  ])('is no outage that somebody waits for: %s', (host) => {
    const baseUrl = `https://${host}`
    const crm = { name: 'crm', baseUrl: `${baseUrl}/v1` }
    for (const create of [
      () => createAuthSecClient({ baseUrl, clientId: id }),
      () => createAuthSecClient({ baseUrl: emulator.baseUrl, clientId: id, resources: [crm] }),
      () => createAuthSecClientFromEnv({ AUTHSEC_BASE_URL: baseUrl, AUTHSEC_AGENT_CLIENT_ID: id }),
      () => verifierOf(baseUrl),
    ]) {
      expectSaid(thrown(create), {
        code: 'config_invalid',
        cause: /a host with a character that no host name has/,
        remedy: /Put in the name of the server/,
      })
    }
  })

  it.each(['a_b.example', 'bücher.example', 'auth.example.com.', '10.1.2.3', '[fd00::1]', 'x'])(
    'is not what is said of %s',
    (host) => {
      expect(createAuthSecClient({ baseUrl: `https://${host}`, clientId: id }).mode).toBe('live')
      expect(verifierOf(`https://${host}`)).toBeDefined()
    },
  )
})

describe('a verifier in the API', () => {
  /** An API that verifies, and what its operator reads. */
  async function startApi(
    options: Partial<DelegationVerifierOptions>,
    permissions?: readonly string[],
  ): Promise<TestServer & { readonly errors: VerificationError[] }> {
    const errors: VerificationError[] = []
    const verifier = createDelegationVerifier({
      authSecUrl: emulator.baseUrl,
      tenantId: emulator.tenantId,
      audience: 'authsec-api',
      onUnavailable: (error) => void errors.push(error),
      ...options,
    })
    const server = await startServer(async (request, response) => {
      const headers = new Headers({ authorization: request.headers.authorization ?? '' })
      const needed = permissions && { permissions: [...permissions] }
      const result = await authenticateRequest(verifier, { headers }, needed)
      if (result.ok) return void response.end('{}')
      watch('verification error', result.error)
      const sent = result.response
      response.writeHead(sent.status, Object.fromEntries(sent.headers)).end(await sent.text())
    })
    return Object.assign(server, { errors })
  }

  async function outcomeAt(baseUrl: string): Promise<{ message: string; log: string }> {
    const lines: string[] = []
    const onEvent = createConsoleReporter({ color: false, write: (line) => void lines.push(line) })
    const resources = [{ name: 'crm', baseUrl }]
    const client = testClient(emulator, { resources, onEvent, clock: fastClock })
    const outcome = await defineSecureFetch(client).execute({ endpoint: 'x' })
    return { message: String(Reflect.get(outcome, 'message')), log: lines.join('\n') }
  }

  it.each<[string, Partial<DelegationVerifierOptions>, RegExp, RegExp]>([
    [
      'another tenant',
      { tenantId: OTHER_TENANT },
      /issued by another issuer or for another tenant/,
      /agent and the verifier of the API have to use the same tenant/,
    ],
    [
      'another audience',
      { audience: 'billing-api' },
      /issued for another audience/,
      /delegation and the verifier of the API have to name the same one/,
    ],
  ])('for %s is explained to the client that it rejects', async (_what, options, cause, remedy) => {
    await using api = await startApi(options)
    const { message, log } = await outcomeAt(api.baseUrl)
    for (const text of [message, log]) {
      expect(text).toMatch(cause)
      expect(text).toMatch(remedy)
    }
  })

  it('that misses a permission names it, and who can give it', async () => {
    await using api = await startApi({}, ['incidents:write'])
    const { message } = await outcomeAt(api.baseUrl)
    expect(message).toMatch(
      /requires the permission incidents:write.*an administrator has to delegate it/,
    )
  })

  it('that does not reach AuthSec tells its operator the cause, and the client where it is', async () => {
    const tls = emulator.baseUrl.replace('http:', 'https:')
    await using api = await startApi({ authSecUrl: tls })
    const { message } = await outcomeAt(api.baseUrl)
    expect(message).toMatch(
      /does not reach AuthSec to check the token: its operator finds the cause/,
    )
    const [error] = api.errors
    expect(error).toMatchObject({ code: 'keys_unavailable', status: 503 })
    expect(error?.hint).toMatch(
      /Check that this API reaches the AuthSec server.*does not speak TLS/,
    )
    await outcomeAt(api.baseUrl)
    expect(api.errors).toHaveLength(1)
  })

  it('without onUnavailable warns in the process', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    try {
      await using api = await startApi({
        authSecUrl: 'http://127.0.0.1:9',
        onUnavailable: undefined as never,
      })
      await outcomeAt(api.baseUrl)
      expect(warn).toHaveBeenCalledExactlyOnceWith(
        expect.stringMatching(
          /cannot be loaded now.*\(ECONNREFUSED\).*Check that this API reaches/,
        ),
        'AuthSecVerify',
      )
    } finally {
      warn.mockRestore()
    }
  })

  it('with a log function that throws answers all the same', async () => {
    await using api = await startApi({
      authSecUrl: 'http://127.0.0.1:9',
      onUnavailable: () => {
        throw new Error('The log is full.')
      },
    })
    expect((await outcomeAt(api.baseUrl)).message).toMatch(/HTTP 503/)
  })

  it('that accepts tokens without an online check tells its operator, too', async () => {
    const tenantId = emulator.tenantId
    const errors: VerificationError[] = []
    const verifier = createDelegationVerifier({
      authSecUrl: emulator.baseUrl,
      tenantId,
      audience: 'authsec-api',
      onlineCheck: { whenUnavailable: 'accept' },
      onUnavailable: (error) => void errors.push(error),
    })
    emulator.control.failNext({ kind: 'status', status: 500 }, { path: /validate/, times: 9 })
    const client = testClient(emulator)
    const { value } = await client.getDelegationToken()
    await verifier.verify(value)
    emulator.control.clearFaults()
    expect(errors).toMatchObject([{ code: 'check_unavailable' }])
  })
})

describe('a misspelt option', () => {
  it.each<[string, () => unknown, RegExp, RegExp]>([
    [
      'of the client',
      () =>
        createAuthSecClient({ baseUrl: emulator.baseUrl, clientID: emulator.clientId } as never),
      /"clientID".*did you mean "clientId"/,
      /The client options are: baseUrl, clientId/,
    ],
    [
      'of a resource',
      () =>
        createAuthSecClient({
          baseUrl: emulator.baseUrl,
          clientId: emulator.clientId,
          resources: [{ baseURL: 'https://api.example.com' }],
        } as never),
      /"baseURL" in resources\[0\]; did you mean "baseUrl"/,
      /options of resources\[0\] are/,
    ],
    [
      'of CIBA',
      () =>
        createAuthSecClient({
          baseUrl: emulator.baseUrl,
          clientId: emulator.clientId,
          ciba: { loginhint: 'a@example.com' },
        } as never),
      /"loginhint" in ciba; did you mean "loginHint"/,
      /options of ciba are/,
    ],
    [
      'of the verifier',
      () => createDelegationVerifier({ authSecURL: emulator.baseUrl } as never),
      /"authSecURL".*did you mean "authSecUrl"/,
      /available options are/,
    ],
  ])('%s is named with the right one', (_what, run, cause, remedy) => {
    expectSaid(thrown(run), { code: 'config_invalid', cause, remedy })
  })

  it('of the exchange is named with the right one', async () => {
    const options = { rolearn: ROLE.roleArn }
    const error = await rejection(
      testClient(emulator).exchangeCloudCredentials('aws', options as never),
    )
    expectSaid(error, {
      code: 'config_invalid',
      cause: /"rolearn".*did you mean "roleArn"/,
      remedy: /options of the aws exchange are: roleArn/,
    })
  })
})
