import { watch } from '@authsec-internal/test-kit'
import { context, propagation, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import {
  AggregationTemporality,
  DataPointType,
  InMemoryMetricExporter,
  MeterProvider,
  type MetricData,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import {
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  type SpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import { authsecTelemetry, type ClientTelemetry, type TelemetryOptions } from '../../src/index.ts'

export interface TestSdk extends AsyncDisposable {
  readonly tracerProvider: TracerProvider
  readonly meterProvider: MeterProvider
  readonly telemetry: ClientTelemetry
  /** The finished spans, in the order in which they began. All are watched for leaks. */
  spans(): Promise<readonly ReadableSpan[]>
  /** `name of the parent > name`, in the order in which spans began. */
  tree(): Promise<readonly string[]>
  /** What was measured, by name. */
  metrics(): Promise<readonly MeasuredMetric[]>
  /** The points of a metric. */
  points(name: string): Promise<readonly Point[]>
}

interface MeasuredMetric {
  readonly name: string
  readonly unit: string
  readonly kind: 'counter' | 'gauge' | 'histogram'
}

interface Point {
  readonly attributes: Readonly<Record<string, unknown>>
  readonly value: unknown
}

const KINDS: { readonly [Type in DataPointType]?: MeasuredMetric['kind'] } = {
  [DataPointType.SUM]: 'counter',
  [DataPointType.GAUGE]: 'gauge',
}

/** The real SDK, line 3, with exporters in memory and what a program registers globally. */
export function startSdk(options: Partial<TelemetryOptions> = {}): TestSdk {
  const exporter = new InMemorySpanExporter()
  const order: string[] = []
  const tracerProvider = new TracerProvider({
    spanProcessors: [new SimpleSpanProcessor({ exporter }), rememberStarts(order)],
  })
  const metricExporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({
    exporter: metricExporter,
    exportIntervalMillis: 2 ** 30,
  })
  const meterProvider = new MeterProvider({ readers: [reader] })
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  propagation.setGlobalPropagator(new W3CTraceContextPropagator())
  const spans = async (): Promise<readonly ReadableSpan[]> => {
    await settled()
    const placeOf = (span: ReadableSpan): number => order.indexOf(span.spanContext().spanId)
    const finished = [...exporter.getFinishedSpans()].sort(
      (left, right) => placeOf(left) - placeOf(right),
    )
    watch('spans', finished.map(exported))
    return finished
  }
  const collected = async (): Promise<readonly MetricData[]> => {
    await meterProvider.forceFlush()
    const scopes = metricExporter.getMetrics().at(-1)?.scopeMetrics ?? []
    return scopes.flatMap(({ metrics }) => metrics)
  }
  return {
    tracerProvider,
    meterProvider,
    telemetry: authsecTelemetry({ tracerProvider, meterProvider, ...options }),
    spans,
    async tree() {
      const all = await spans()
      const nameOf = (id: string | undefined): string =>
        all.find((span) => span.spanContext().spanId === id)?.name ?? ''
      return all.map(
        ({ name, parentSpanContext }) => `${nameOf(parentSpanContext?.spanId)} > ${name}`,
      )
    },
    async metrics() {
      return (await collected()).map(({ descriptor: { name, unit }, dataPointType }) => {
        return { name, unit, kind: KINDS[dataPointType] ?? 'histogram' }
      })
    },
    async points(name) {
      const points = (await collected())
        .filter(({ descriptor }) => descriptor.name === name)
        .flatMap(({ dataPoints }) => dataPoints as readonly Point[])
      watch('metrics', points)
      return points
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([tracerProvider.shutdown(), meterProvider.shutdown()])
      for (const api of [trace, context, propagation]) api.disable()
    },
  }
}

/** Spans end a turn after the promise of their step. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 5))
}

/** Spans that begin within one tick of the clock have one start time. */
function rememberStarts(order: string[]): SpanProcessor {
  return {
    onStart: (span) => void order.push(span.spanContext().spanId),
    onEnd: () => undefined,
    forceFlush: async () => undefined,
    shutdown: async () => undefined,
  }
}

/** What an exporter would send of a span. */
function exported({ name, kind, attributes, events, links, status }: ReadableSpan): object {
  return { name, kind, attributes, events, links, status }
}
