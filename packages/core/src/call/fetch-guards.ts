import type { Approved } from '../approval/redemption.ts'
import type { StreamTimes } from '../http/stream-request.ts'
import { checkOptions } from '../options/option-checks.ts'
import { optionalMilliseconds, optionalNumber, uncheckedHere } from '../options/option-values.ts'
import type { PlannedCall, StreamLimits } from '../policy/plan-call.ts'
import type { ApprovalRule } from '../policy/resource-policy.ts'
import { type CallContext, contextChecks } from './secure-fetch-request.ts'

/**
 * The guards of one call of `client.fetch`, in addition to the policy of its resource. A long stream, such as
 * server-sent events, needs `timeoutMs` and `maxResponseBytes` that are as wide as it may become.
 */
export interface FetchGuards extends StreamLimits {
  /** What the token must carry on top of the resource's permissions; all of them. */
  readonly permission?: string | readonly string[] | undefined
  /** A person must approve the call before it is sent. Default: the resource's rule. */
  readonly approval?: ApprovalRule | undefined
  /** What this call carries on, as for `secureFetch`. It works once. */
  readonly approved?: Approved | undefined
}

export function assertGuards(guards: FetchGuards & CallContext): void {
  checkOptions<FetchGuards & CallContext>(guards, 'the guards of client.fetch', {
    permission: uncheckedHere,
    approval: uncheckedHere,
    maxResponseBytes: optionalNumber({
      least: 1,
      most: Number.MAX_SAFE_INTEGER,
      unit: 'bytes',
    }),
    timeoutMs: optionalMilliseconds,
    idleTimeoutMs: optionalMilliseconds,
    approved: uncheckedHere,
    ...contextChecks,
  })
}

/** The time that earlier attempts took is no longer left: it is what the deadline of the headers has lost. */
export function timesLeft(
  { resource, http }: PlannedCall,
  headersMs: number,
  { timeoutMs = resource.timeoutMs, idleTimeoutMs = resource.timeoutMs }: StreamLimits,
): StreamTimes {
  return { idleMs: idleTimeoutMs, totalMs: timeoutMs - (http.timeoutMs - headersMs) }
}
