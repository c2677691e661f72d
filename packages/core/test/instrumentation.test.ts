import { AsyncLocalStorage } from 'node:async_hooks'
import {
  fastClock,
  rejection,
  sendJson,
  startRecordingApi,
  testClient,
  testEmulator,
  watch,
} from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import type { Instrumentation } from '../src/instrumentation.ts'

const approver = 'approver@example.com'
const TRACE = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`

/** The caller may have its answer before an instrumentation has its facts. */
const ended = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

interface Span {
  readonly name: string
  readonly parent: string | undefined
  readonly start: object
  end?: unknown
}

/** What an exporter of spans would be: each step is a child of what is active. */
function recorder(headers?: object) {
  const active = new AsyncLocalStorage<string>()
  const spans: Span[] = []
  const step = (name: string) => (start: object, work: (given?: object) => Promise<unknown>) => {
    const span: Span = { name, parent: active.getStore(), start }
    spans.push(span)
    watch(`start of ${name}`, start)
    return active.run(name, async () => {
      span.end = await work(headers)
      watch(`end of ${name}`, span.end)
    })
  }
  const instrumentation: Instrumentation = {
    ...{ token: step('token'), call: step('call') },
    ...{ approval: step('approval'), send: step('send') },
  }
  return {
    active,
    spans,
    instrumentation,
    tree: () => spans.map(({ name, parent }) => [name, parent]),
  }
}

describe('an instrumentation', () => {
  it('runs token, approval, call and each request as a tree below what is active, and learns the facts', async () => {
    await using emulator = await testEmulator({ users: [{ email: approver }] })
    const { active, spans, instrumentation, tree } = recorder()
    await using client = testClient(emulator, {
      ...{ instrumentation, clock: fastClock, timeoutMs: 100_000 },
    })
    emulator.control.scriptApproval('approve')
    const approval = { approver, message: 'Show?', timeoutMs: 60_000 }
    const call = { endpoint: 'metrics', approval, permission: 'metrics:read' }
    await active.run('agent', () => client.secureFetch(call, { tool: 'show', user: 'ann' }))
    await ended()
    expect(tree()).toEqual([
      ['call', 'agent'],
      ['token', 'call'],
      ['approval', 'call'],
      ['send', 'call'],
    ])
    const [ofCall, ofToken, ofApproval, ofSend] = spans
    expect(ofCall).toMatchObject({
      start: { tool: 'show', user: 'ann' },
      end: {
        type: 'request.completed',
        status: 200,
        permission: ['metrics:read'],
        approval: { approver },
      },
    })
    expect(ofToken).toMatchObject({
      start: { reason: 'first' },
      end: { token: expect.stringMatching(/^tok_/) },
    })
    expect(ofApproval?.end).toMatchObject({ outcome: 'approved', approval: { approver } })
    const place = {
      resource: 'vault',
      route: 'metrics',
      attempt: 1,
      host: '127.0.0.1',
      scheme: 'http',
    }
    expect(ofSend).toMatchObject({ start: place, end: { status: 200 } })
  })

  it('sees each retry, a refusal, a stream to its end, and an exchange', async () => {
    await using emulator = await testEmulator()
    const { spans, instrumentation, tree } = recorder()
    await using client = testClient(emulator, { instrumentation })
    emulator.control.failNext({ kind: 'status', status: 503 }, { path: /metrics/ })
    await client.secureFetch({ endpoint: 'metrics' })
    await ended()
    expect(tree().map(([name]) => name)).toEqual(['call', 'token', 'send', 'send'])
    expect(spans.slice(2)).toMatchObject([{ end: { status: 503 } }, { end: { status: 200 } }])
    await rejection(client.secureFetch({ endpoint: '../x' }))
    await ended()
    expect(spans.at(-1)).toMatchObject({
      name: 'call',
      end: { code: 'endpoint_refused', attempts: 0 },
    })
    const response = await client.fetch(`${emulator.vaultUrl}metrics`)
    const streamed = spans.findLast(({ name }) => name === 'call')
    expect(streamed).not.toHaveProperty('end')
    await response.text()
    await ended()
    expect(streamed?.end).toMatchObject({ type: 'request.completed', bytes: expect.any(Number) })
    const exchange = { roleArn: 'arn:aws:iam::123456789012:role/agent-reader' }
    await client.exchangeCloudCredentials('aws', exchange).catch(() => undefined)
    await ended()
    const last = spans.findLast(({ name }) => name === 'call')
    expect(last).toMatchObject({ start: { provider: 'aws' }, end: { type: 'cloud.failed' } })
  })

  it('hands the headers of its trace to the API, on each request, and to AuthSec none', async () => {
    let answers = 0
    await using api = await startRecordingApi((response) => {
      answers += 1
      sendJson({}, answers === 1 ? 503 : 200)(response)
    })
    await using emulator = await testEmulator()
    const given = { traceparent: TRACE, tracestate: 'a=1', baggage: 'user=ann' }
    const { instrumentation } = recorder(given)
    const toAuthSec: unknown[] = []
    const resources = [{ baseUrl: api.baseUrl }]
    await using client = testClient(emulator, {
      ...{ instrumentation, resources },
      async fetch(input, init) {
        if (input.startsWith(emulator.baseUrl)) toAuthSec.push(init.headers)
        return fetch(input, init)
      },
    })
    await client.secureFetch({ endpoint: 'x', headers: { traceparent: 'mine' } })
    expect(api.requests.map(({ headers }) => headers)).toMatchObject([given, given])
    expect(toAuthSec).toHaveLength(1)
    expect(JSON.stringify(toAuthSec)).not.toMatch(/traceparent|baggage/)
  })

  it.each<[string, unknown]>([
    ['another header', { authorization: 'Bearer x', cookie: 'a', host: 'evil.test' }],
    ['a line break', { traceparent: `${TRACE}\r\nx: y`, tracestate: 'a\nb', baggage: 'a\r\nb' }],
    ['another form', { traceparent: 'x', tracestate: '', baggage: 7 }],
    ['a long one', { baggage: 'x'.repeat(9_000), tracestate: 'x'.repeat(600) }],
    ['no object', 'traceparent'],
    ['null', null],
  ])('cannot send anything else: %s', async (_what, given) => {
    await using api = await startRecordingApi()
    await using emulator = await testEmulator()
    const { instrumentation } = recorder(given as object)
    const resources = [{ baseUrl: api.baseUrl }]
    await using client = testClient(emulator, { instrumentation, resources })
    await client.secureFetch({ endpoint: 'x' })
    const headers = Object(api.requests[0]).headers
    expect(headers.authorization).toMatch(/^Bearer ey/)
    for (const name of ['traceparent', 'tracestate', 'baggage', 'cookie']) {
      expect(headers).not.toHaveProperty(name)
    }
    expect(headers.host).toMatch(/^127/)
  })

  const fail = (): never => {
    throw new Error('broken')
  }
  it.each<[string, (step: object, work: () => Promise<unknown>) => unknown]>([
    ['throws at once', fail],
    ['throws after it has begun', (_step, work) => [work(), fail()]],
    ['rejects', async () => fail()],
    ['never runs the step', () => undefined],
    [
      'runs it late',
      async (_step, work) => new Promise((resolve) => setTimeout(resolve, 5)).then(work),
    ],
    ['runs it twice', (_step, work) => Promise.all([work(), work()])],
    ['never ends', (_step, work) => [work(), new Promise(() => undefined)]],
    [
      'returns a promise that is none',
      (_step, work) => [work(), Object.fromEntries([['then', fail]])][1],
    ],
    [
      'changes what it is given',
      (step, work) => {
        try {
          Object.assign(step, { resource: 'other' })
        } finally {
          void work()
        }
      },
    ],
  ])('changes nothing when it %s', async (_what, broken) => {
    await using emulator = await testEmulator({ users: [{ email: approver }] })
    const instrumentation = { token: broken, call: broken, approval: broken, send: broken }
    await using client = testClient(emulator, {
      ...{ instrumentation, clock: fastClock, timeoutMs: 100_000 },
    })
    const { data } = await client.secureFetch({ endpoint: 'metrics' })
    expect(data).toBeDefined()
    await (await client.fetch(`${emulator.vaultUrl}metrics`)).text()
    emulator.control.scriptApproval('approve')
    const approval = { approver, message: 'Show?', timeoutMs: 60_000 }
    await client.secureFetch({ endpoint: 'metrics', approval })
    expect(await rejection(client.secureFetch({ endpoint: '../x' }))).toMatchObject({
      code: 'endpoint_refused',
    })
    expect(emulator.requests.filter(({ path }) => path.endsWith('/metrics'))).toHaveLength(3)
    expect(emulator.control.approvals()).toHaveLength(1)
  })
})
