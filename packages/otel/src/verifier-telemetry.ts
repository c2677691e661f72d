import { type DecisionFacts, measureDecision, traceDecision } from './decisions.ts'
import { verifierInstruments } from './metrics/instruments.ts'
import { checkTelemetryOptions, type TelemetryOptions } from './options.ts'
import { isWithoutSdk, lazily, tracerOf } from './scope.ts'

/** An option of a verifier. */
export interface VerifierTelemetry {
  /** Makes a span and a measurement of each decision. */
  readonly onDecision: (decision: DecisionFacts) => void
}

/**
 * Creates spans and metrics of what a verifier of `@authsec/verify` decides; docs/telemetry.md names each of them. Of
 * the options only the two providers matter. Without an SDK nothing is recorded.
 *
 * @throws ConfigError - for an option that is unknown or cannot work.
 *
 * @example
 * ```ts
 * import { verifierTelemetry } from '@authsec/otel'
 *
 * // For createDelegationVerifier({ …, onDecision }).
 * export const { onDecision } = verifierTelemetry()
 * ```
 */
export function verifierTelemetry(options: TelemetryOptions = {}): VerifierTelemetry {
  checkTelemetryOptions(options)
  const tracer = tracerOf(options)
  const instruments = lazily(options.meterProvider, verifierInstruments)
  return {
    onDecision(decision) {
      if (!isWithoutSdk(options)) traceDecision(tracer, decision)
      const measuring = instruments()
      if (measuring) measureDecision(decision, measuring)
    },
  }
}
