import { createRequire } from 'node:module'
import { createAuthSecClient } from '@authsec/core'
import {
  fastClock,
  sendJson,
  startRecordingApi,
  testClient,
  testEmulator,
  watch,
} from '@authsec-internal/test-kit'
import { context, SpanKind, trace } from '@opentelemetry/api'
import { registerInstrumentations } from '@opentelemetry/instrumentation'
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http'
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici'
import { afterEach, describe, expect, it } from 'vitest'
import { authsecTelemetry } from '../src/index.ts'
import { startSdk, type TestSdk } from './support/sdk.ts'

const approver = 'approver@example.com'
/** The clock runs fast, and the machine may be busy. */
const patient = { clock: fastClock, timeoutMs: 120_000 }
const approval = { approver, message: 'Show?', timeoutMs: 60_000 }

let stop: (() => void) | undefined
afterEach(() => stop?.())

// One for the file: only the first one sees that a module is loaded.
const overHttp = new HttpInstrumentation()

/** The instrumentations that programs use: of undici with the global fetch, and of node:http. */
function instrument({ tracerProvider, meterProvider }: TestSdk, { servers = false } = {}): void {
  // The servers of these tests run in this process; mostly their spans would be those of another one.
  overHttp.setConfig({ ignoreIncomingRequestHook: () => !servers })
  overHttp.enable()
  const instrumentations = [new UndiciInstrumentation(), overHttp]
  stop = registerInstrumentations({ tracerProvider, meterProvider, instrumentations })
  // `import` would need a loader.
  createRequire(import.meta.url)('http')
}

/** A call with everything: a token, a question, its polls, and a retry. */
async function runAgent(sdk: TestSdk): Promise<unknown> {
  let answers = 0
  await using api = await startRecordingApi((response) => {
    answers += 1
    sendJson({}, answers === 2 ? 503 : 200)(response)
  })
  await using emulator = await testEmulator({ users: [{ email: approver }] })
  const resources = [{ name: 'api', baseUrl: api.baseUrl }]
  await using client = testClient(emulator, { ...sdk.telemetry, resources, ...patient })
  emulator.control.scriptApproval('approve')
  const agent = sdk.tracerProvider.getTracer('test').startSpan('agent')
  await context.with(trace.setSpan(context.active(), agent), async () => {
    await client.secureFetch(
      { endpoint: 'x', query: { secret: 'hunter2' }, approval },
      { tool: 'show' },
    )
    await client.secureFetch({ endpoint: 'x' })
    await (await client.fetch(`${api.baseUrl}/stream`)).text()
    const role = { roleArn: 'arn:aws:iam::123456789012:role/agent-reader' }
    await client.exchangeCloudCredentials('aws', role).catch(() => undefined)
  })
  agent.end()
  return api.requests.map(({ headers }) => headers['traceparent'])
}

async function treeOf(instrumented: boolean): Promise<readonly string[]> {
  await using sdk = startSdk()
  if (instrumented) instrument(sdk)
  await runAgent(sdk)
  stop?.()
  return await sdk.tree()
}

describe('spans beside the instrumentation of undici and node:http', () => {
  it('are the same tree as without it', async () => {
    const expected = [
      ' > agent',
      'agent > execute_tool show',
      'execute_tool show > authsec.token',
      'execute_tool show > authsec.approval',
      'execute_tool show > GET',
      ...['agent > authsec.call', 'authsec.call > GET', 'authsec.call > GET'],
      ...['agent > authsec.call', 'authsec.call > GET'],
      ...['agent > authsec.call', 'authsec.call > authsec.token'],
    ]
    expect(await treeOf(false)).toEqual(expected)
    expect(await treeOf(true)).toEqual(expected)
  })

  it('have one traceparent on the wire, which names the span of the request', async () => {
    await using sdk = startSdk()
    instrument(sdk)
    const sent = await runAgent(sdk)
    const sends = (await sdk.spans()).filter(
      ({ attributes }) => attributes['authsec.step'] === 'send',
    )
    expect(sent).toEqual(
      sends.map((span) => {
        const { traceId, spanId } = span.spanContext()
        return `00-${traceId}-${spanId}-01`
      }),
    )
    expect(new Set(sends.map((span) => span.spanContext().traceId)).size).toBe(1)
    expect(sends.every(({ kind }) => kind === SpanKind.CLIENT)).toBe(true)
  })

  it('leave the metrics of the instrumentation alone', async () => {
    await using sdk = startSdk()
    instrument(sdk)
    await runAgent(sdk)
    expect((await sdk.points('http.client.request.duration')).length).toBeGreaterThan(0)
  })

  it('hold no client ID, not even where it travels in the query', async () => {
    await using sdk = startSdk()
    instrument(sdk)
    await using emulator = await testEmulator()
    await using client = createAuthSecClient({
      ...{ baseUrl: emulator.baseUrl, clientId: emulator.clientId, clientIdIn: 'query' },
      resources: [{ name: 'vault', baseUrl: emulator.vaultUrl }],
      ...sdk.telemetry,
    })
    await client.getDelegationToken()
    await client.secureFetch({ endpoint: 'metrics' })
    const text = JSON.stringify((await sdk.spans()).map(({ attributes }) => attributes))
    watch('spans', text)
    expect(text).not.toContain(emulator.clientId)
    expect(text).not.toMatch(/eyJ/)
    expect(text).toContain('authsec.token')
  })

  it('suppress nothing else: what the program requests in between has its span and header', async () => {
    await using sdk = startSdk()
    instrument(sdk)
    await using api = await startRecordingApi()
    await using emulator = await testEmulator()
    await using client = testClient(emulator, sdk.telemetry)
    await client.secureFetch({ endpoint: 'metrics' })
    await fetch(`${api.baseUrl}/own`)
    const own = (await sdk.spans()).at(-1)
    expect(own?.attributes).toMatchObject({ 'url.path': '/own' })
    const { traceId, spanId } = Object(own?.spanContext())
    expect(api.requests[0]?.headers['traceparent']).toBe(`00-${traceId}-${spanId}-01`)
  })

  it('leave the requests to the instrumentation where our own provider records nothing', async () => {
    await using sdk = startSdk()
    instrument(sdk)
    await using api = await startRecordingApi()
    await using emulator = await testEmulator()
    const resources = [{ name: 'api', baseUrl: api.baseUrl }]
    // Nothing is registered globally: only the instrumentation has a provider.
    await using client = testClient(emulator, { ...authsecTelemetry(), resources })
    await client.secureFetch({ endpoint: 'x' })
    const spans = await sdk.spans()
    expect(spans.map(({ name }) => name)).toEqual(['GET', 'GET'])
    expect(api.requests[0]?.headers['traceparent']).toContain(spans.at(-1)?.spanContext().spanId)
  })

  it('join the trace of a server that is called', async () => {
    await using sdk = startSdk()
    instrument(sdk, { servers: true })
    await using emulator = await testEmulator()
    await using client = testClient(emulator, sdk.telemetry)
    await client.secureFetch({ endpoint: 'metrics' })
    const spans = await sdk.spans()
    const send = spans.find(({ attributes }) => attributes['authsec.step'] === 'send')
    const ofServer = spans.filter(({ kind }) => kind === SpanKind.SERVER)
    const joined = ofServer.filter(
      ({ parentSpanContext }) => parentSpanContext?.spanId === send?.spanContext().spanId,
    )
    expect(joined.map(({ attributes }) => attributes['url.path'])).toEqual([
      expect.stringMatching(/metrics$/),
    ])
  })
})
