import { propagation } from '@opentelemetry/api'
import type { ClientEvent, ClientInstrumentation } from './client-types.ts'
import { clientInstruments } from './metrics/instruments.ts'
import { measureEvent } from './metrics/measure-event.ts'
import { createTokenLife } from './metrics/token-life.ts'
import { checkTelemetryOptions, type TelemetryOptions } from './options.ts'
import { nameOfPeople } from './people.ts'
import { isWithoutSdk, lazily, tracerOf } from './scope.ts'
import { createInstrumentation } from './spans/instrumentation.ts'

/** Two options of a client. */
export interface ClientTelemetry {
  /** Makes the spans. */
  readonly instrumentation: ClientInstrumentation
  /** Makes the metrics. Beside other observers use `combineObservers` of `@authsec/core`. */
  readonly onEvent: (event: ClientEvent) => void
}

/**
 * Creates spans and metrics of what a client does; docs/telemetry.md names each of them. One serves all clients of a
 * process. Without an SDK nothing is recorded. No span and no metric holds a token, a client ID, a header, a body, a
 * query or the words of an API.
 *
 * @throws ConfigError - for an option that is unknown or cannot work.
 *
 * @example
 * ```ts
 * import { createAuthSecClient } from '@authsec/core'
 * import { authsecTelemetry } from '@authsec/otel'
 *
 * export const client = createAuthSecClient({
 *   baseUrl: 'https://auth.example.com',
 *   clientId: process.env['AUTHSEC_AGENT_CLIENT_ID'] ?? '',
 *   resources: [{ name: 'crm', baseUrl: 'https://crm.example.com/v1' }],
 *   ...authsecTelemetry(),
 * })
 * ```
 */
export function authsecTelemetry(options: TelemetryOptions = {}): ClientTelemetry {
  checkTelemetryOptions(options)
  const { meterProvider, propagator = propagation, people = 'plain' } = options
  const life = createTokenLife(Date.now)
  const instruments = lazily(meterProvider, (meter) => clientInstruments(meter, life.observe))
  const tracing = {
    tracer: tracerOf(options),
    isIdle: () => isWithoutSdk(options),
    propagator,
    nameOf: nameOfPeople(people),
  }
  return {
    instrumentation: createInstrumentation(tracing),
    onEvent(event) {
      life.follow(event)
      const measuring = instruments()
      if (measuring) measureEvent(event, measuring)
    },
  }
}
