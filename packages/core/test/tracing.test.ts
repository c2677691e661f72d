import { startServer, testClient, testEmulator, watch } from '@authsec-internal/test-kit'
import { registerInstrumentations } from '@opentelemetry/instrumentation'
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http'
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAuthSecClient } from '../src/client/create-client.ts'

const exporter = new InMemorySpanExporter()
let stop: () => void = () => undefined

beforeAll(() => {
  const tracerProvider = new BasicTracerProvider({
    spanProcessors: [new SimpleSpanProcessor(exporter)],
  })
  const instrumentations = [new UndiciInstrumentation(), new HttpInstrumentation()]
  stop = registerInstrumentations({ tracerProvider, instrumentations })
})
afterAll(() => stop())

/** The spans since the last call, as an exporter would write them. */
function takeSpans(): ReadableSpan[] {
  const spans = exporter.getFinishedSpans()
  exporter.reset()
  return spans
}

function textOf(spans: readonly ReadableSpan[]): string {
  return JSON.stringify(
    spans.map(({ name, attributes, events, status, links }) => {
      return { name, attributes, events, status, links }
    }),
  )
}

describe('a process with the instrumentation of OpenTelemetry', () => {
  it('records neither the client ID nor the token in any span', async () => {
    await using emulator = await testEmulator()
    const client = testClient(emulator)
    const token = await client.getDelegationToken()
    await client.secureFetch({ endpoint: 'metrics' })
    await (await client.fetch(`${emulator.vaultUrl}metrics`)).text()
    await client.startApproval({ approver: 'approver@example.com', message: 'Really?' })
    await client
      .exchangeCloudCredentials('aws', {
        roleArn: 'arn:aws:iam::123456789012:role/agent-reader',
      })
      .catch(() => undefined)
    const spans = takeSpans()
    const text = textOf(spans)
    watch('spans', text)
    expect(spans.length).toBeGreaterThanOrEqual(5)
    expect(text).toContain('url.full')
    expect(text).not.toContain(emulator.clientId)
    expect(text).not.toContain(token.value)
  })

  it('records no client ID when AuthSec cannot be reached', async () => {
    const clientId = 'a594430b-2bd4-4792-9666-63162ee858c5'
    const client = createAuthSecClient({ baseUrl: 'http://127.0.0.1:1', clientId, timeoutMs: 500 })
    await client.getDelegationToken().catch(() => undefined)
    const text = textOf(takeSpans())
    expect(text).toContain('127.0.0.1')
    expect(text).not.toContain(clientId)
  })
})

describe('the client ID', () => {
  it('is in no URL, but in a header', async () => {
    const seen: unknown[] = []
    await using server = await startServer((request, response) => {
      seen.push([request.url, request.headers['x-client-id']])
      response.writeHead(404).end()
    })
    const clientId = 'a594430b-2bd4-4792-9666-63162ee858c5'
    const options = { baseUrl: server.baseUrl, clientId, timeoutMs: 2_000 }
    await createAuthSecClient(options)
      .getDelegationToken()
      .catch(() => undefined)
    expect(seen).toEqual([['/authsec/uflow/sdk/delegation-token', clientId]])
    seen.length = 0
    await createAuthSecClient({ ...options, clientIdIn: 'query' })
      .getDelegationToken()
      .catch(() => undefined)
    expect(seen).toEqual([[`/authsec/uflow/sdk/delegation-token?client_id=${clientId}`, undefined]])
  })
})
