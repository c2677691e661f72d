import { type Meter, type MeterProvider, metrics, type Tracer, trace } from '@opentelemetry/api'
import type { TelemetryOptions } from './options.ts'
import { VERSION } from './version.ts'

/** The name of the scope of all spans and metrics. */
const SCOPE = '@authsec/otel'

/** The tracer of the global provider finds an SDK that is registered later. */
export function tracerOf({ tracerProvider = trace }: TelemetryOptions): Tracer {
  return tracerProvider.getTracer(SCOPE, VERSION)
}

/**
 * What is made of the meter provider that is there now: the API hands out meters that measure nothing until an SDK is
 * registered, and they stay that way.
 */
export function lazily<Made>(
  given: MeterProvider | undefined,
  make: (meter: Meter) => Made,
): () => Made {
  let known: { readonly provider: MeterProvider; readonly made: Made } | undefined
  return () => {
    const provider = given ?? metrics.getMeterProvider()
    if (known?.provider !== provider) {
      known = { provider, made: make(provider.getMeter(SCOPE, VERSION)) }
    }
    return known.made
  }
}
