import { type Fault, startEmulator } from '@authsec/emulator'
import {
  createFakeClock,
  inProcessClient,
  inProcessEmulator,
  rejection,
  startServer,
  testClient,
  testEmulator,
} from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import { RunBudgets } from '../src/policy/run-budget.ts'

const VAULT = { name: 'vault', baseUrl: 'https://emulator.test/secure-vault/' }

/** One call while the vault has a fault for good; how it ends and how often the vault was asked. */
async function callWith(
  fault: Fault,
  request: { method?: string; idempotencyKey?: string; body?: unknown } = {},
): Promise<{ outcome: unknown; attempts: number }> {
  const clock = createFakeClock()
  const emulator = inProcessEmulator({ clock })
  const client = inProcessClient(emulator, {
    clock,
    resources: [{ ...VAULT, methods: ['GET', 'POST', 'PUT'] }],
  })
  await client.getDelegationToken()
  emulator.control.failNext(fault, { path: /secure-vault/, times: Number.POSITIVE_INFINITY })
  let outcome: unknown
  const work = client.secureFetch({ endpoint: 'metrics', ...request }).then(
    (response) => {
      outcome = response.status
    },
    (error: unknown) => {
      outcome = (error as { code: string }).code
    },
  )
  for (let step = 0; step < 400 && outcome === undefined; step++) {
    await new Promise((resolve) => setTimeout(resolve, 1))
    if (outcome === undefined) await clock.advance(200)
  }
  await work
  const attempts = emulator.requests.filter(({ path }) => path.startsWith('/secure-vault')).length
  return { outcome, attempts }
}

const status = (code: number, retryAfter?: string): Fault =>
  retryAfter === undefined
    ? { kind: 'status', status: code }
    : { kind: 'status', status: code, retryAfter }

describe('a call of an API that fails', () => {
  it.each<[string, Fault, unknown, number]>([
    ['408', status(408), 408, 3],
    ['425', status(425), 425, 3],
    ['429', status(429), 429, 3],
    ['429 with Retry-After: 2', status(429, '2'), 429, 3],
    ['429 with Retry-After: 600', status(429, '600'), 429, 1],
    ['500', status(500), 500, 3],
    ['501', status(501), 501, 1],
    ['502', status(502), 502, 3],
    ['503', status(503), 503, 3],
    ['504', status(504), 504, 3],
    ['505', status(505), 505, 1],
    ['400', status(400), 400, 1],
    ['403', status(403), 403, 1],
    ['404', status(404), 404, 1],
    ['a reset', { kind: 'reset' }, 'network_error', 3],
    ['a reset in the body', { kind: 'reset_mid_body' }, 'network_error', 3],
    ['no answer', { kind: 'hang' }, 'timeout', 1],
    ['a redirect', { kind: 'redirect', location: '/secure-vault/records' }, 'redirect_blocked', 1],
    ['HTML', { kind: 'html' }, 'unexpected_content_type', 1],
    ['cut JSON', { kind: 'truncated_json' }, 'invalid_response', 1],
    ['too much', { kind: 'oversize', bytes: 2_000_000 }, 'response_too_large', 1],
    ['a flood of headers', { kind: 'headers_flood' }, 'response_too_large', 1],
  ])(
    'with %s, a GET ends as it should after the right number of attempts',
    async (_what, fault, expected, attempts) => {
      expect(await callWith(fault)).toEqual({ outcome: expected, attempts })
    },
  )

  it.each<[string, Fault, unknown]>([
    ['503', status(503), 503],
    ['a reset', { kind: 'reset' }, 'network_error'],
    ['an answer lost after it took effect', { kind: 'drop_after_handling' }, 'network_error'],
  ])('with %s, a POST is sent once', async (_what, fault, expected) => {
    expect(await callWith(fault, { method: 'POST', body: {} })).toEqual({
      outcome: expected,
      attempts: 1,
    })
  })

  it('a POST with an idempotency key is repeated', async () => {
    const request = { method: 'POST', body: {}, idempotencyKey: 'k-1' }
    expect(await callWith(status(503), request)).toEqual({ outcome: 503, attempts: 3 })
  })

  it('a POST that certainly was not sent is repeated', async () => {
    await using emulator = await testEmulator()
    const gone = await startEmulator()
    await gone.close()
    const client = testClient(emulator, {
      resources: [{ baseUrl: gone.vaultUrl, methods: ['POST'] }],
    })
    const error = await rejection(client.secureFetch({ endpoint: 'x', method: 'POST', body: {} }))
    expect(error).toMatchObject({ code: 'network_error', cause: { code: 'ECONNREFUSED' } })
  })
})

describe('redirects within a resource', () => {
  async function redirected(
    location: string,
    sameOriginRedirects: number,
  ): Promise<{ outcome: unknown; paths: unknown[] }> {
    await using emulator = await testEmulator()
    const paths: unknown[] = []
    await using api = await startServer((request, response) => {
      paths.push(`${request.url} ${request.headers.authorization ? 'with token' : 'without'}`)
      if (request.url === '/v1/end') {
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
      } else response.writeHead(302, { location: location.replace('HERE', api.baseUrl) }).end()
    })
    const client = testClient(emulator, {
      resources: [{ baseUrl: `${api.baseUrl}/v1`, sameOriginRedirects }],
    })
    const outcome = await client.secureFetch({ endpoint: 'start' }).then(
      (response) => response.status,
      (error: { code: string }) => error.code,
    )
    return { outcome, paths }
  }

  it.each(['/v1/end', 'end', 'HERE/v1/end'])(
    'to %s are followed when they are allowed',
    async (location) => {
      const { outcome, paths } = await redirected(location, 1)
      expect(outcome).toBe(200)
      expect(paths).toEqual(['/v1/start with token', '/v1/end with token'])
    },
  )

  it.each([
    '/admin',
    '/v1/../admin',
    '//evil.test/v1/end',
    'https://evil.test/',
    'http://127.0.0.1:1/v1/end',
    '/v1/%2e%2e/admin',
    '.. /',
    '/v1/%20..%20./admin',
    '',
  ])('to %j are refused all the same', async (location) => {
    const { outcome, paths } = await redirected(location, 3)
    expect(outcome).toBe('redirect_blocked')
    expect(paths).toHaveLength(1)
  })

  it('end after the allowed number', async () => {
    const { outcome, paths } = await redirected('/v1/again', 3)
    expect(outcome).toBe('redirect_blocked')
    expect(paths).toHaveLength(4)
  })
})

describe('the budget of a run', () => {
  it('refuses the call after the last one, without a connection', async () => {
    await using emulator = await testEmulator()
    const client = testClient(emulator, { budget: { callsPerRun: 3 } })
    const call = (run: string): Promise<unknown> =>
      client.secureFetch({ endpoint: 'metrics' }, { run })
    for (let index = 0; index < 3; index++) await call('one')
    const before = emulator.requests.length
    expect(await rejection(call('one'))).toMatchObject({
      code: 'budget_exceeded',
      message: expect.stringMatching(/Stop/),
    })
    expect(emulator.requests).toHaveLength(before)
    await call('two')
    await client.secureFetch({ endpoint: 'metrics' })
  })

  it('counts the bytes of answers and the calls at one time', async () => {
    await using emulator = await testEmulator()
    const client = testClient(emulator, { budget: { bytesPerRun: 100, concurrentCalls: 1 } })
    const call = (): Promise<unknown> => client.secureFetch({ endpoint: 'metrics' }, { run: 'one' })
    const [first, second] = await Promise.allSettled([call(), call()])
    expect(first.status).toBe('fulfilled')
    expect(second).toMatchObject({ reason: { code: 'budget_exceeded', retryable: true } })
    expect(await rejection(call())).toMatchObject({
      code: 'budget_exceeded',
      message: expect.stringMatching(/data/),
    })
  })

  it('forgets the run idle longest after a thousand', () => {
    const budgets = new RunBudgets({ callsPerRun: 1, bytesPerRun: 1, concurrentCalls: 1 })
    budgets.take('first').release()
    for (let index = 0; index < 1_000; index++) budgets.take(`run ${index}`).release()
    expect(() => budgets.take('run 999')).toThrow(/Stop/)
    expect(() => budgets.take('first')).not.toThrow()
  })
})
