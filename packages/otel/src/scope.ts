import {
  createNoopMeter,
  type Meter,
  type MeterProvider,
  metrics,
  ProxyTracerProvider,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import type { TelemetryOptions } from './options.ts'
import { VERSION } from './version.ts'

/** The name of the scope of all spans and metrics. */
const SCOPE = '@authsec/otel'
const NO_SDK = new ProxyTracerProvider().getDelegate()

/** The tracer of the global provider finds an SDK that is registered later. */
export function tracerOf({ tracerProvider = trace }: TelemetryOptions): Tracer {
  return tracerProvider.getTracer(SCOPE, VERSION)
}

/** Whether there is no SDK yet, so that no span needs to be described. */
export function isWithoutSdk({ tracerProvider }: TelemetryOptions): boolean {
  if (tracerProvider) return false
  const global = trace.getTracerProvider()
  return global instanceof ProxyTracerProvider && global.getDelegate() === NO_SDK
}

/**
 * What is made of the meter provider that is there now, and undefined while there is none: the API hands out meters that
 * measure nothing until an SDK is registered, and they stay that way.
 */
export function lazily<Made>(
  given: MeterProvider | undefined,
  make: (meter: Meter) => Made,
): () => Made | undefined {
  let known: { readonly provider: MeterProvider; readonly made: Made | undefined } | undefined
  return () => {
    const provider = given ?? metrics.getMeterProvider()
    if (known?.provider !== provider) {
      const meter = provider.getMeter(SCOPE, VERSION)
      known = { provider, made: meter === createNoopMeter() ? undefined : make(meter) }
    }
    return known.made
  }
}
