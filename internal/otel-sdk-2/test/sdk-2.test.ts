import { fastClock, testClient, testEmulator, watch } from '@authsec-internal/test-kit'
import { context, metrics, propagation, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

// A program with SDK 2 has this version of the API, and so does the package there. In this workspace the package has
// the version of SDK 3.
vi.mock(
  '../../../packages/otel/node_modules/@opentelemetry/api/dist/index.mjs',
  () => import('@opentelemetry/api'),
)

const exporter = new InMemorySpanExporter()
const metricExporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
const reader = new PeriodicExportingMetricReader({
  exporter: metricExporter,
  exportIntervalMillis: 2 ** 30,
})

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  const spanProcessors = [new SimpleSpanProcessor(exporter)]
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors }))
})
afterAll(() => {
  for (const api of [trace, context, propagation, metrics]) api.disable()
})

describe('SDK 2 of OpenTelemetry', () => {
  it('gets the same spans and metrics as SDK 3', async () => {
    const { authsecTelemetry } = await import('@authsec/otel')
    const meterProvider = new MeterProvider({ readers: [reader] })
    metrics.setGlobalMeterProvider(meterProvider)
    await using emulator = await testEmulator()
    const approver = 'approver@example.com'
    await using client = testClient(emulator, {
      ...authsecTelemetry(),
      clock: fastClock,
      timeoutMs: 120_000,
    })
    emulator.control.scriptApproval('approve')
    const approval = { approver, message: 'Show?', timeoutMs: 60_000 }
    await client.secureFetch({ endpoint: 'metrics', approval }, { tool: 'show' })
    await new Promise((resolve) => setTimeout(resolve, 5))
    const spans = exporter.getFinishedSpans()
    watch(
      'spans',
      spans.map(({ name, attributes }) => ({ name, attributes })),
    )
    const call = spans.find(({ name }) => name === 'execute_tool show')
    const children = spans.filter(
      ({ parentSpanContext }) => parentSpanContext?.spanId === call?.spanContext().spanId,
    )
    expect(children.map(({ name }) => name).sort()).toEqual([
      'GET',
      'authsec.approval',
      'authsec.token',
    ])
    expect(call?.attributes).toMatchObject({
      'authsec.outcome': 'completed',
      'authsec.approval.approver': approver,
    })
    await meterProvider.forceFlush()
    const measured = metricExporter.getMetrics().at(-1)?.scopeMetrics[0]?.metrics ?? []
    const names = measured.map(({ descriptor }) => descriptor.name)
    expect(names).toContain('authsec.call.duration')
    expect(names).toContain('authsec.token.remaining')
  })
})
