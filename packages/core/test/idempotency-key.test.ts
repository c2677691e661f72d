import {
  createFakeClock,
  fastClock,
  inProcessClient,
  inProcessEmulator,
  sendJson,
  startRecordingApi,
  testClient,
  testEmulator,
  thrown,
} from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { defineOperation, type OperationOptions } from '../src/tool.ts'

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']
const UUID = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/

const options = {
  name: 'pay',
  description: 'Pays.',
  path: 'payments',
  method: 'POST',
  params: z.object({ amount: z.number() }),
  idempotencyKey: true,
} satisfies Partial<OperationOptions<z.ZodObject<z.ZodRawShape>>>

type Answer = number | 'lost'

/** Calls once while the API answers like this, one answer for each attempt; the last one stays. */
async function callAnswered(
  answers: readonly Answer[],
  more: Partial<OperationOptions<z.ZodObject<z.ZodRawShape>>> = {},
  calls = 1,
) {
  let count = 0
  await using api = await startRecordingApi((response) => {
    const answer = answers[Math.min(count, answers.length - 1)] ?? 200
    count += 1
    if (answer === 'lost') response.socket?.destroy()
    else sendJson({}, answer, answer === 307 ? { location: '/other' } : {})(response)
  })
  await using emulator = await testEmulator()
  const client = testClient(emulator, {
    clock: fastClock,
    timeoutMs: 2_000_000,
    resources: [
      { baseUrl: api.baseUrl, methods: METHODS, sameOriginRedirects: 1, timeoutMs: 2_000_000 },
    ],
  })
  const tool = defineOperation(client, { ...options, ...more })
  const outcomes: unknown[] = []
  for (let call = 0; call < calls; call++) outcomes.push(await tool.execute({ amount: 5 }))
  return { outcomes, requests: api.requests, tool }
}

const keysOf = (
  requests: readonly { headers: NodeJS.Dict<string | string[]> }[],
  name = 'idempotency-key',
): unknown[] => requests.map(({ headers }) => headers[name])

describe('an operation with `idempotencyKey`', () => {
  it.each<[string, string, readonly Answer[]]>([
    ['a lost answer', 'POST', ['lost', 200]],
    ['two lost answers', 'PATCH', ['lost', 'lost', 200]],
    ['502', 'POST', [502, 200]],
    ['503', 'PUT', [503, 200]],
    ['504 and a lost answer', 'PATCH', [504, 'lost', 200]],
  ])('is repeated with the same key after %s of %s', async (_what, method, answers) => {
    const { outcomes, requests } = await callAnswered(answers, { method })
    expect(outcomes).toMatchObject([{ ok: true }])
    expect(requests).toHaveLength(answers.length)
    expect(new Set(keysOf(requests)).size).toBe(1)
    expect(keysOf(requests)[0]).toMatch(UUID)
    expect(new Set(requests.map(({ body }) => body))).toEqual(new Set(['{"amount":5}']))
  })

  it('has another key in each call', async () => {
    const { requests } = await callAnswered([200], {}, 3)
    expect(new Set(keysOf(requests)).size).toBe(3)
  })

  it('sends the key under the name that the developer chose', async () => {
    const { requests } = await callAnswered(['lost', 200], { idempotencyKey: 'X-Request-Token' })
    const keys = keysOf(requests, 'x-request-token')
    expect(keys[0]).toMatch(UUID)
    expect(keys[1]).toBe(keys[0])
    expect(keysOf(requests)).toEqual([undefined, undefined])
  })

  it('does not call a lost call retryable, because the next call has another key', async () => {
    const { outcomes, requests } = await callAnswered(['lost'])
    expect(requests).toHaveLength(3)
    expect(outcomes).toMatchObject([{ ok: false, code: 'network_error', retryable: false }])
    expect(JSON.stringify(outcomes)).toContain('not known whether')
  })

  it.each<[string, readonly Answer[]]>([
    ['400', [400]],
    ['409, which says that the first attempt is under way', [409]],
    ['422, which says that the key was used for another request', [422]],
    ['a redirect', [307]],
  ])('is not repeated after %s', async (_what, answers) => {
    expect((await callAnswered(answers)).requests).toHaveLength(1)
  })

  it('shows the key to no model, and takes none from it', async () => {
    const { tool, requests, outcomes } = await callAnswered([200])
    expect(JSON.stringify(tool.inputJsonSchema)).not.toMatch(/idempotency/i)
    expect(JSON.stringify(outcomes)).not.toContain(String(keysOf(requests)[0]))
    for (const name of ['idempotencyKey', 'idempotency-key', 'Idempotency-Key', 'callKey']) {
      const refused = await tool.execute({ amount: 5, [name]: 'mine' })
      expect(refused).toMatchObject({ ok: false, code: 'invalid_input' })
    }
  })

  it.each([
    ...['Authorization', 'Host', 'Cookie', 'Content-Type', 'X-Forwarded-For', 'traceparent'],
    ...['a b', 'x\r\ny', '', 'x:y', '__proto__'],
  ])('refuses %j as the name of its header', (idempotencyKey) => {
    const error = thrown(() => defineOperation(undefined, { ...options, idempotencyKey }))
    expect(error).toMatchObject({ name: 'ConfigError', code: 'config_invalid' })
  })

  it.each([
    ['X-Request-Trace', 'x-request-trace'],
    ['x-request-trace', 'X-REQUEST-TRACE'],
    ['trace', 'Trace'],
  ])('refuses %s where a model chooses the value of %s', (idempotencyKey, name) => {
    const error = thrown(() =>
      defineOperation(undefined, {
        ...options,
        params: z.object({ amount: z.number(), trace: z.string() }),
        headerParams: ['trace'],
        wireNames: { trace: name },
        idempotencyKey,
      }),
    )
    expect(error).toMatchObject({ name: 'ConfigError' })
  })
})

describe('`idempotencyKey` of a request that changes nothing', () => {
  it.each([
    ['GET', {}],
    ['GET', { pagination: { next: 'link' } }],
    ['HEAD', { idempotencyKey: 'X-Request-Token' }],
    ['OPTIONS', {}],
  ] as const)('is refused for %s', (method, more) => {
    const error = thrown(() => defineOperation(undefined, { ...options, method, ...more }))
    expect(error).toMatchObject({ name: 'ConfigError', code: 'config_invalid' })
    const off = { ...options, method, ...more, idempotencyKey: false }
    expect(() => defineOperation(undefined, off)).not.toThrow()
  })
})

describe('an operation without `idempotencyKey`', () => {
  it.each<[string, readonly Answer[]]>([
    ['a lost answer', ['lost', 200]],
    ['503', [503, 200]],
    ['502', [502, 200]],
  ])('is sent once, without a key, also after %s', async (_what, answers) => {
    for (const idempotencyKey of [undefined, false]) {
      const { requests } = await callAnswered(answers, { idempotencyKey })
      expect(keysOf(requests)).toEqual([undefined])
    }
  })
})

describe('an approved operation with `idempotencyKey`', () => {
  const vault = { baseUrl: 'https://emulator.test/secure-vault/', methods: METHODS }
  const approval = { approver: 'approver@example.com', message: 'Pay {amount}?' }

  async function approvedCall(more: Partial<OperationOptions<z.ZodObject<z.ZodRawShape>>> = {}) {
    const clock = createFakeClock()
    const emulator = inProcessEmulator({ clock })
    const client = inProcessClient(emulator, { clock, resources: [vault] })
    await client.getDelegationToken()
    emulator.control.scriptApproval('approve')
    const tool = defineOperation(client, { ...options, path: 'metrics', approval, ...more })
    const passing = async <T>(work: Promise<T>): Promise<T> => {
      let isDone = false
      const end = (): void => {
        isDone = true
      }
      work.then(end, end)
      for (let step = 0; step < 400 && !isDone; step++) {
        await new Promise((resolve) => setTimeout(resolve, 5))
        await clock.advance(500)
      }
      return work
    }
    const sent = () => emulator.requests.filter(({ path }) => path === '/secure-vault/metrics')
    return { emulator, client, tool, passing, sent }
  }

  it('is repeated after a lost answer, for one question and one use of the approval', async () => {
    const { emulator, tool, passing, sent } = await approvedCall()
    emulator.control.failNext({ kind: 'drop_after_handling' }, { path: /metrics/ })
    await passing(tool.execute({ amount: 5 }))
    expect(sent()).toHaveLength(2)
    expect(emulator.control.approvals()).toHaveLength(1)
  })

  it('is sent once where it has no key', async () => {
    const { emulator, tool, passing, sent } = await approvedCall({ idempotencyKey: false })
    emulator.control.failNext({ kind: 'drop_after_handling' }, { path: /metrics/ })
    await passing(tool.execute({ amount: 5 }))
    expect(sent()).toHaveLength(1)
  })

  it('uses the approval up: a second call with it is refused, whatever became of the first', async () => {
    const { emulator, client, tool, passing, sent } = await approvedCall()
    const question = await tool.ask({ amount: 5 })
    if (question.status !== 'asked') throw new Error(question.status)
    const approved = await passing(client.waitForApproval(question.pending))
    emulator.control.failNext(
      { kind: 'drop_after_handling' },
      { path: /metrics/, times: Number.POSITIVE_INFINITY },
    )
    const first = await passing(tool.execute({ amount: 5 }, { approved }))
    expect(first).toMatchObject({ ok: false, code: 'network_error', retryable: false })
    expect(sent()).toHaveLength(3)
    const second = await passing(tool.execute({ amount: 5 }, { approved }))
    expect(second).toMatchObject({ ok: false, code: 'approval_used' })
    expect(sent()).toHaveLength(3)
  })
})
