import { checkOptions } from '../options/option-checks.ts'
import { optional, optionalNumber, required } from '../options/option-values.ts'

/**
 * What an agent may use before it is stopped (OWASP LLM10, unbounded consumption): one run of it, where
 * the framework tells runs apart, and the client as a whole, always. Infinity lifts a limit.
 */
export interface BudgetLimits {
  /** Default: 100. */
  readonly callsPerRun: number
  /** Bytes of answers, decoded. Default: 50 MiB. */
  readonly bytesPerRun: number
  /** Of one run. Default: 8. */
  readonly concurrentCalls: number
  /** Calls of the client within any `windowMs`. Default: 3 000. */
  readonly callsPerWindow: number
  /** Bytes of answers to the client within any `windowMs`, decoded. Default: 1 GiB. */
  readonly bytesPerWindow: number
  /** The sliding window, from 1 000 to 86 400 000 milliseconds. Default: 60 000. */
  readonly windowMs: number
  /** Of the client, in all its runs together. Default: 1 000. */
  readonly concurrentCallsPerClient: number
}

const optionalLimit = optional(
  required(
    (value) => typeof value === 'number' && value > 0,
    'a number above 0 (Infinity lifts the limit)',
  ),
)

export function createBudgetLimits(options: Partial<BudgetLimits>): BudgetLimits {
  checkOptions<BudgetLimits>(
    options,
    'budget',
    {
      callsPerRun: optionalLimit,
      bytesPerRun: optionalLimit,
      concurrentCalls: optionalLimit,
      callsPerWindow: optionalLimit,
      bytesPerWindow: optionalLimit,
      windowMs: optionalNumber({ least: 1_000, most: 86_400_000, unit: 'milliseconds' }),
      concurrentCallsPerClient: optionalLimit,
    },
    'budget.',
  )
  return Object.freeze({
    callsPerRun: options.callsPerRun ?? 100,
    bytesPerRun: options.bytesPerRun ?? 52_428_800,
    concurrentCalls: options.concurrentCalls ?? 8,
    callsPerWindow: options.callsPerWindow ?? 3_000,
    bytesPerWindow: options.bytesPerWindow ?? 1_073_741_824,
    windowMs: options.windowMs ?? 60_000,
    concurrentCallsPerClient: options.concurrentCallsPerClient ?? 1_000,
  })
}
