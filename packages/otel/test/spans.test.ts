import { createAuditLog } from '@authsec/core/audit'
import {
  fastClock,
  rejection,
  sendJson,
  startRecordingApi,
  testClient,
  testEmulator,
} from '@authsec-internal/test-kit'
import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { suppressTracing } from '@opentelemetry/core'
import { describe, expect, it } from 'vitest'
import { authsecTelemetry } from '../src/index.ts'
import { startSdk } from './support/sdk.ts'

const approver = 'approver@example.com'
/** The clock runs fast, and the machine may be busy. */
const patient = { clock: fastClock, timeoutMs: 120_000 }
const approval = { approver, message: 'Show?', timeoutMs: 60_000 }

describe('the spans of a client', () => {
  it('are token, approval and request below the call, which is below what was active', async () => {
    await using sdk = startSdk()
    await using emulator = await testEmulator({ users: [{ email: approver }] })
    const { instrumentation } = sdk.telemetry
    await using client = testClient(emulator, { instrumentation, ...patient })
    emulator.control.scriptApproval('approve')
    const agent = sdk.tracerProvider.getTracer('test').startSpan('agent')
    const call = { endpoint: 'metrics', approval, permission: 'metrics:read' }
    await context.with(trace.setSpan(context.active(), agent), () =>
      client.secureFetch(call, { tool: 'show', toolCallId: 'toolu_1', run: 'run-1', user: 'ann' }),
    )
    agent.end()
    expect(await sdk.tree()).toEqual([
      ' > agent',
      'agent > execute_tool show',
      'execute_tool show > authsec.token',
      'execute_tool show > authsec.approval',
      'execute_tool show > GET',
    ])
    const [, ofCall, ofToken, ofApproval, ofSend] = await sdk.spans()
    expect(ofCall?.attributes).toMatchObject({
      'authsec.step': 'call',
      'authsec.client': expect.stringMatching(/^cid_[\da-f]{8}$/),
      'authsec.call.id': expect.stringMatching(/^call_/),
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'show',
      'gen_ai.tool.call.id': 'toolu_1',
      'authsec.run': 'run-1',
      'authsec.user': 'ann',
      'authsec.resource': 'vault',
      'authsec.route': 'metrics',
      'http.request.method': 'GET',
      'http.response.status_code': 200,
      'authsec.permission': ['metrics:read'],
      'authsec.outcome': 'completed',
      'authsec.attempts': 1,
      'authsec.token': expect.stringMatching(/^tok_/),
      'authsec.approval.approver': approver,
      'authsec.approval.waited_s': expect.any(Number),
    })
    expect(ofToken).toMatchObject({
      kind: SpanKind.CLIENT,
      attributes: {
        'authsec.token.reason': 'first',
        'authsec.token': expect.stringMatching(/^tok_/),
        'authsec.token.expires_at': expect.stringMatching(/Z$/),
      },
    })
    expect(ofApproval).toMatchObject({
      kind: SpanKind.INTERNAL,
      attributes: { 'authsec.outcome': 'approved', 'authsec.approval.approver': approver },
    })
    expect(ofSend).toMatchObject({
      kind: SpanKind.CLIENT,
      attributes: {
        'http.request.method': 'GET',
        'http.response.status_code': 200,
        'server.address': '127.0.0.1',
        'server.port': Number(new URL(emulator.baseUrl).port),
        'url.scheme': 'http',
      },
    })
    expect(ofSend?.attributes).not.toHaveProperty('url.full')
    for (const span of await sdk.spans()) expect(span.status.code).toBe(SpanStatusCode.UNSET)
  })

  it.each([
    ['execute_tool show', {}],
    ['ai.toolCall', {}],
    ['anything', { 'gen_ai.operation.name': 'execute_tool' }],
  ])(
    'name no second execution of a tool below the span %s of a framework',
    async (name, attributes) => {
      await using sdk = startSdk()
      await using emulator = await testEmulator()
      await using client = testClient(emulator, sdk.telemetry)
      const tool = sdk.tracerProvider.getTracer('framework').startSpan(name, { attributes })
      await context.with(trace.setSpan(context.active(), tool), () =>
        client.secureFetch({ endpoint: 'metrics' }, { tool: 'show' }),
      )
      tool.end()
      const ofCall = (await sdk.spans()).find((span) => span.attributes['authsec.step'] === 'call')
      expect(ofCall).toMatchObject({
        name: 'authsec.call',
        attributes: { 'gen_ai.tool.name': 'show' },
      })
      expect(ofCall?.attributes).not.toHaveProperty('gen_ai.operation.name')
    },
  )

  it('show each retry, with the status or the code of what went wrong', async () => {
    await using sdk = startSdk()
    await using emulator = await testEmulator()
    await using client = testClient(emulator, { ...sdk.telemetry, ...patient })
    const { control } = emulator
    control.failNext({ kind: 'status', status: 503 }, { path: /metrics/ })
    await client.secureFetch({ endpoint: 'metrics' })
    control.failNext({ kind: 'reset' }, { path: /metrics/, times: 3 })
    await rejection(client.secureFetch({ endpoint: 'metrics' }))
    const sends = (await sdk.spans()).filter((span) => span.attributes['authsec.step'] === 'send')
    expect(sends.map(({ attributes }) => attributes['error.type'])).toEqual([
      '503',
      undefined,
      ...['connection', 'connection', 'connection'].map(() => expect.any(String)),
    ])
    expect(sends.map(({ attributes }) => attributes['http.request.resend_count'])).toEqual([
      ...[undefined, 1],
      ...[undefined, 1, 2],
    ])
    const calls = (await sdk.spans()).filter((span) => span.attributes['authsec.step'] === 'call')
    expect(calls.map(({ status }) => status)).toEqual([
      { code: SpanStatusCode.UNSET },
      { code: SpanStatusCode.ERROR, message: 'network_error' },
    ])
    expect(calls[1]?.attributes).toMatchObject({
      'error.type': 'network_error',
      'authsec.outcome': 'failed',
      'authsec.attempts': 3,
    })
  })

  it('say why a call was refused, and hold nothing of its query', async () => {
    await using sdk = startSdk()
    await using emulator = await testEmulator({ users: [{ email: approver }] })
    await using client = testClient(emulator, { ...sdk.telemetry, ...patient })
    await rejection(client.secureFetch({ endpoint: 'https://evil.test/x?secret=hunter2' }))
    await rejection(client.secureFetch({ endpoint: 'metrics', permission: 'records:write' }))
    emulator.control.scriptApproval('deny')
    await rejection(client.secureFetch({ endpoint: 'metrics', approval }))
    const spans = await sdk.spans()
    const calls = spans.filter((span) => span.attributes['authsec.step'] === 'call')
    expect(
      calls.map(({ attributes }) => [attributes['authsec.outcome'], attributes['error.type']]),
    ).toEqual([
      ['refused', 'endpoint_refused'],
      ['refused', 'permission_missing'],
      ['refused', 'approval_denied'],
    ])
    const asked = spans.find((span) => span.attributes['authsec.step'] === 'approval')
    expect(asked?.attributes).toMatchObject({
      'authsec.outcome': 'denied',
      'error.type': 'approval_denied',
    })
    expect(JSON.stringify(spans.map(({ attributes }) => attributes))).not.toContain('hunter2')
  })

  it.each([401, 403, 404, 422, 500])(
    'have the error type %s for an API that answers so',
    async (status) => {
      await using sdk = startSdk()
      await using api = await startRecordingApi(sendJson({ message: 'words of the API' }, status))
      await using emulator = await testEmulator()
      const resources = [{ name: 'api', baseUrl: api.baseUrl }]
      await using client = testClient(emulator, { ...sdk.telemetry, resources })
      await client.secureFetch({ endpoint: 'x' })
      const call = (await sdk.spans()).find((span) => span.attributes['authsec.step'] === 'call')
      expect(call).toMatchObject({
        status: { code: SpanStatusCode.ERROR },
        attributes: {
          'error.type': String(status),
          'http.response.status_code': status,
          'authsec.outcome': 'completed',
        },
      })
      expect(JSON.stringify(call?.attributes)).not.toContain('words of the API')
    },
  )

  it('last as long as the body of a streamed answer, and an exchange has one too', async () => {
    await using sdk = startSdk()
    await using emulator = await testEmulator()
    await using client = testClient(emulator, sdk.telemetry)
    const response = await client.fetch(`${emulator.vaultUrl}metrics`)
    const ended = async (): Promise<readonly string[]> =>
      (await sdk.spans()).map(({ name }) => name)
    expect(await ended()).not.toContain('authsec.call')
    await response.text()
    expect(await ended()).toContain('authsec.call')
    const role = { roleArn: 'arn:aws:iam::123456789012:role/agent-reader' }
    await client.exchangeCloudCredentials('aws', role).catch(() => undefined)
    const exchange = (await sdk.spans()).find((span) => 'authsec.provider' in span.attributes)
    expect(exchange).toMatchObject({
      kind: SpanKind.CLIENT,
      attributes: { 'authsec.provider': 'aws', 'authsec.outcome': expect.any(String) },
    })
  })

  it('end when a token cannot be had, and when the program is at fault', async () => {
    await using sdk = startSdk()
    await using emulator = await testEmulator()
    await using client = testClient(emulator, { ...sdk.telemetry, ...patient })
    emulator.control.failNext({ kind: 'status', status: 500 }, { times: 9 })
    await rejection(client.secureFetch({ endpoint: 'metrics' }))
    await rejection(client.secureFetch(Object({ endpoint: 'metrics', endpiont: 'x' })))
    const spans = await sdk.spans()
    expect(spans.find(({ name }) => name === 'authsec.token')).toMatchObject({
      status: { code: SpanStatusCode.ERROR },
      attributes: { 'error.type': 'server_error', 'authsec.outcome': 'failed' },
    })
    const ends = spans.filter(({ name }) => name === 'authsec.call')
    expect(ends[0]?.attributes['error.type']).toBe('server_error')
    for (const { attributes } of ends) expect(attributes['authsec.outcome']).toBe('failed')
  })

  it('name people by pseudonyms where the program says so', async () => {
    await using sdk = startSdk({ people: 'hash' })
    await using emulator = await testEmulator({ users: [{ email: approver }] })
    await using client = testClient(emulator, { ...sdk.telemetry, ...patient })
    emulator.control.scriptApproval('approve')
    await client.secureFetch({ endpoint: 'metrics', approval }, { user: 'ann', caller: 'ben' })
    const text = JSON.stringify((await sdk.spans()).map(({ attributes }) => attributes))
    expect(text).toMatch(/person_[\da-f]{16}/)
    expect(text).not.toMatch(/approver@|"ann"|"ben"/)
  })

  it('are in the trace that the API sees, beside an audit log that is asked', async () => {
    await using sdk = startSdk()
    await using api = await startRecordingApi()
    await using emulator = await testEmulator()
    await using audit = createAuditLog({ write: () => undefined, required: true })
    const resources = [{ name: 'api', baseUrl: api.baseUrl }]
    const { instrumentation } = sdk.telemetry
    await using client = testClient(emulator, { instrumentation, onEvent: audit, resources })
    await client.secureFetch({ endpoint: 'x' })
    const send = (await sdk.spans()).find((span) => span.attributes['authsec.step'] === 'send')
    const { traceId, spanId } = Object(send?.spanContext())
    expect(api.requests[0]?.headers['traceparent']).toBe(`00-${traceId}-${spanId}-01`)
  })

  it('begin when an SDK is registered, also after the client was created', async () => {
    await using api = await startRecordingApi()
    await using emulator = await testEmulator()
    const resources = [{ name: 'api', baseUrl: api.baseUrl }]
    await using client = testClient(emulator, { ...authsecTelemetry(), resources })
    await client.secureFetch({ endpoint: 'x' })
    expect(api.requests[0]?.headers).not.toHaveProperty('traceparent')
    await using sdk = startSdk()
    trace.setGlobalTracerProvider(sdk.tracerProvider)
    await client.secureFetch({ endpoint: 'x' })
    expect(await sdk.tree()).toEqual([' > authsec.call', 'authsec.call > GET'])
    expect(api.requests[1]?.headers).toHaveProperty('traceparent')
  })

  it('are not made where the program suppresses them', async () => {
    await using sdk = startSdk()
    await using emulator = await testEmulator()
    await using client = testClient(emulator, sdk.telemetry)
    await context.with(suppressTracing(context.active()), () =>
      client.secureFetch({ endpoint: 'metrics' }),
    )
    expect(await sdk.tree()).toEqual([])
    await client.secureFetch({ endpoint: 'metrics' })
    expect(await sdk.tree()).toEqual([' > authsec.call', 'authsec.call > GET'])
  })

  it('of a call inside a request of ours, such as one of a fetch function, are recorded', async () => {
    await using sdk = startSdk()
    await using emulator = await testEmulator()
    await using inner = testClient(emulator, sdk.telemetry)
    await inner.getDelegationToken()
    await using client = testClient(emulator, {
      ...sdk.telemetry,
      async fetch(input, init) {
        if (String(input).includes('metrics')) await inner.secureFetch({ endpoint: 'records' })
        return fetch(input, init)
      },
    })
    await client.secureFetch({ endpoint: 'metrics' })
    expect((await sdk.tree()).slice(1)).toEqual([
      ' > authsec.call',
      'authsec.call > authsec.token',
      'authsec.call > GET',
      'GET > authsec.call',
      'authsec.call > GET',
    ])
  })

  it('end when what is exported of them cannot be made', async () => {
    await using sdk = startSdk()
    const { call } = sdk.telemetry.instrumentation
    const end = { type: 'request.completed', approval: { decidedAt: new Date(Number.NaN) } }
    const ended = call?.({ client: 'cid_1', callId: 'call_1' }, async () => Object(end))
    await rejection(Promise.resolve(ended))
    expect(await sdk.tree()).toEqual([' > authsec.call'])
  })
})
