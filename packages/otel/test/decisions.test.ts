import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  authenticateRequest,
  createDelegationVerifier,
  type DelegationVerifier,
  type VerificationDecision,
} from '@authsec/verify'
import { testClient, testEmulator } from '@authsec-internal/test-kit'
import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { type DecisionFacts, type VerifierTelemetry, verifierTelemetry } from '../src/index.ts'
import { startSdk, type TestSdk } from './support/sdk.ts'

function telemetryOf({ tracerProvider, meterProvider }: TestSdk): VerifierTelemetry {
  return verifierTelemetry({ tracerProvider, meterProvider })
}

const accepted: DecisionFacts = {
  time: new Date(),
  decision: 'accepted',
  token: 'tok_991640e4',
  client: 'cid_bf686ece',
  permission: ['records:read'],
  anyPermission: [],
  held: ['records:read', 'records:write'],
  cached: true,
  durationMs: 0.02,
  callId: 'call_6f1d2a90c4b7e853',
  method: 'GET',
  route: '/records/:id',
}

describe('a decision of a verifier', () => {
  it('is a span below that of the request, as long as the decision took, and a measurement', async () => {
    await using sdk = startSdk()
    const { onDecision } = telemetryOf(sdk)
    const request = sdk.tracerProvider.getTracer('server').startSpan('GET /records/:id')
    context.with(trace.setSpan(context.active(), request), () =>
      onDecision({ ...accepted, durationMs: 20, cached: false }),
    )
    request.end()
    expect(await sdk.tree()).toEqual([' > GET /records/:id', 'GET /records/:id > authsec.verify'])
    const span = (await sdk.spans())[1]
    expect(span).toMatchObject({
      kind: SpanKind.INTERNAL,
      status: { code: SpanStatusCode.UNSET },
      attributes: {
        'authsec.step': 'verify',
        'authsec.decision': 'accepted',
        'authsec.call.id': 'call_6f1d2a90c4b7e853',
        'authsec.token': 'tok_991640e4',
        'authsec.client': 'cid_bf686ece',
        'authsec.permission': ['records:read'],
        'authsec.permission.held': ['records:read', 'records:write'],
        'authsec.cached': false,
      },
    })
    const [seconds, nanoseconds] = span?.duration ?? [0, 0]
    expect(seconds * 1_000 + nanoseconds / 1e6).toBeCloseTo(20, 0)
    const [point] = await sdk.points('authsec.verify.duration')
    expect(point).toMatchObject({
      attributes: { 'authsec.decision': 'accepted', 'authsec.cached': false },
      value: { count: 1 },
    })
  })

  it.each([
    ['token_expired', 401, SpanStatusCode.UNSET],
    ['permission_missing', 403, SpanStatusCode.UNSET],
    ['keys_unavailable', 503, SpanStatusCode.ERROR],
  ])('with the code %s has it as its error type', async (code, status, ofSpan) => {
    await using sdk = startSdk()
    const { onDecision } = telemetryOf(sdk)
    onDecision({ time: new Date(), decision: 'rejected', code, status, durationMs: 1 })
    expect((await sdk.spans())[0]).toMatchObject({
      status: { code: ofSpan },
      attributes: {
        'error.type': code,
        'authsec.code': code,
        'http.response.status_code': status,
        'authsec.decision': 'rejected',
      },
    })
    expect((await sdk.points('authsec.verify.duration'))[0]?.attributes).toEqual({
      'authsec.decision': 'rejected',
      'authsec.code': code,
    })
  })

  it('leaves out what callers write: the reason, the path and the subject', async () => {
    await using sdk = startSdk()
    const { onDecision } = telemetryOf(sdk)
    const more = {
      reason: 'hunter2',
      path: '/hunter2',
      subject: 'spiffe://hunter2',
      requestId: 'hunter2',
    }
    onDecision({ ...accepted, ...more })
    const text = JSON.stringify((await sdk.spans()).map(({ attributes }) => attributes))
    expect(text).not.toContain('hunter2')
  })
})

/** An API that verifies tokens, on real HTTP. */
async function startApi(
  verifier: () => DelegationVerifier,
): Promise<AsyncDisposable & { readonly baseUrl: string }> {
  const server = createServer(async (request, response) => {
    const headers = Object.entries(request.headersDistinct).flatMap(([name, values = []]) =>
      values.map((value): [string, string] => [name, value]),
    )
    const url = `http://api.test${request.url}`
    const needed = { permissions: [request.url === '/write' ? 'metrics:write' : 'metrics:read'] }
    const result = await authenticateRequest(verifier(), new Request(url, { headers }), needed)
    const status = result.ok ? 200 : result.response.status
    response.writeHead(status, { 'content-type': 'application/json' }).end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

describe('the spans of a client and of the API that it calls', () => {
  it('have the same call, token and client', async () => {
    expectTypeOf<VerificationDecision>().toExtend<DecisionFacts>()
    await using sdk = startSdk()
    await using emulator = await testEmulator({ audience: 'api', permissions: ['metrics:read'] })
    let verifier: DelegationVerifier | undefined
    await using api = await startApi(() => {
      verifier ??= createDelegationVerifier({
        authSecUrl: emulator.baseUrl,
        tenantId: emulator.tenantId,
        audience: 'api',
        ...telemetryOf(sdk),
      })
      return verifier
    })
    const resources = [{ name: 'api', baseUrl: api.baseUrl, callIdHeader: true }]
    await using client = testClient(emulator, { ...sdk.telemetry, resources })
    await client.secureFetch({ endpoint: 'read' })
    await client.secureFetch({ endpoint: 'write' })
    const spans = await sdk.spans()
    const of = (step: string): readonly Readonly<Record<string, unknown>>[] =>
      spans.map(({ attributes }) => attributes).filter((each) => each['authsec.step'] === step)
    const joined = ['authsec.call.id', 'authsec.token', 'authsec.client'] as const
    const idsOf = (each: Readonly<Record<string, unknown>>): unknown =>
      joined.map((name) => each[name])
    expect(of('verify').map(idsOf)).toEqual(of('call').map(idsOf))
    expect(of('verify').map((each) => each['authsec.decision'])).toEqual(['accepted', 'rejected'])
    expect(of('verify')[1]).toMatchObject({ 'http.response.status_code': 403 })
  })
})
