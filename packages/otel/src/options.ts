import type { MeterProvider, TextMapPropagator, TracerProvider } from '@opentelemetry/api'
import { ConfigError } from './config-error.ts'
import type { People } from './people.ts'

export interface TelemetryOptions {
  /** Default: the global one, also when it is registered later. */
  readonly tracerProvider?: TracerProvider | undefined
  /** Default: the global one, also when it is registered later. */
  readonly meterProvider?: MeterProvider | undefined
  /** Writes the headers of a trace for a protected API; `traceparent`, `tracestate` and `baggage` are sent. Default: the global one. */
  readonly propagator?: Pick<TextMapPropagator, 'inject'> | undefined
  /**
   * How user, caller and approver are named in spans: as they are, or as a pseudonym from a hash, which a guess can be
   * compared with. Metrics name no person. Default: `plain`.
   */
  readonly people?: People | undefined
}

interface Check {
  readonly isGood: (value: unknown) => boolean
  readonly expected: string
}

const hasMethod = (name: string): Check['isGood'] => {
  return (value) => typeof Object(value)[name] === 'function'
}

const CHECKS: { readonly [Name in keyof Required<TelemetryOptions>]: Check } = {
  tracerProvider: { isGood: hasMethod('getTracer'), expected: 'a tracer provider' },
  meterProvider: { isGood: hasMethod('getMeter'), expected: 'a meter provider' },
  propagator: { isGood: hasMethod('inject'), expected: 'a propagator' },
  people: {
    isGood: (value) => value === 'plain' || value === 'hash',
    expected: "'plain' or 'hash'",
  },
}

const NAMES = Object.keys(CHECKS).join(', ')

/** Throws a `ConfigError` for an unknown or misspelt option, and for one that cannot work. */
export function checkTelemetryOptions(options: unknown): asserts options is TelemetryOptions {
  const hint = `The available options are: ${NAMES}.`
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new ConfigError('The telemetry options must be an object.', hint)
  }
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(CHECKS, name)) continue
    // A key can be anything, even a secret: the error repeats only what looks like an option name.
    const shown = /^[A-Za-z_$][\w$]{0,29}$/.test(name) ? `"${name}" ` : ''
    throw new ConfigError(`Unknown option ${shown}in the telemetry options.`, hint)
  }
  for (const [name, { isGood, expected }] of Object.entries(CHECKS)) {
    const value: unknown = Reflect.get(options, name)
    if (value === undefined || isGood(value)) continue
    throw new ConfigError(
      `The option "${name}" must be ${expected}.`,
      `Leave it out or correct it.`,
    )
  }
}
