import { AuthSecError, failureFacts } from '../errors.ts'
import type { Emit } from '../events.ts'
import type { Settled } from '../identity/run-step.ts'
import type { TokenStepEnd } from '../instrumentation.ts'
import type { DelegationToken } from './delegation-token.ts'
import type { TokenLifetime } from './token-lifetime.ts'

/** What became of a request for a token. */
export type RefreshResult =
  /** `isStored`: another process had asked AuthSec. */
  { token: DelegationToken; isStored: boolean } | { error: unknown }

export function reportToken(
  emit: Emit,
  { token, clockOffsetMs }: TokenLifetime,
  { unchanged, durationMs }: { readonly unchanged: boolean; readonly durationMs: number },
): void {
  const { fingerprint, redactedSubject: subject, permissions, expiresAt } = token
  emit({
    type: 'token.acquired',
    ...{ fingerprint, subject, permissions, expiresAt, unchanged, durationMs },
  })
  if (clockOffsetMs === 0) return
  const seconds = Math.round(Math.abs(clockOffsetMs) / 1000)
  const direction = clockOffsetMs > 0 ? 'behind' : 'ahead of'
  emit({
    type: 'warning',
    code: 'clock_skew',
    message: `The local clock is ${seconds} s ${direction} the AuthSec server's; expiry follows the server.`,
  })
}

/** A mistake of the program is no event. */
export function reportFailure(
  emit: Emit,
  error: unknown,
  facts: { readonly stillServing: boolean; readonly durationMs: number },
): void {
  if (!AuthSecError.isInstance(error)) return
  const { message, status } = error
  emit({ type: 'token.failed', ...failureFacts(error), status, message, ...facts })
}

/** How the step of an instrumentation ended. */
export function tokenStepEnd(settled: Settled<RefreshResult>): TokenStepEnd {
  const outcome = 'result' in settled ? settled.result : settled
  if ('error' in outcome) return failureFacts(outcome.error)
  const { fingerprint: token, permissions, expiresAt } = outcome.token
  return { token, permissions, expiresAt }
}
