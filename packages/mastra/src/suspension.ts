import type { ApprovalView, AuthSecClient } from '@authsec/core'
import { pendingOf } from '@authsec/core/adapter'
import type { ToolFailure, ToolOutcome } from '@authsec/core/tool'
import { z } from 'zod'
import type { CallState } from './call-state.ts'
import { whileSuspending } from './without-sealed.ts'

/** What a call that waits for a person is suspended with. */
export interface SuspendedApproval {
  /** What may be shown. */
  readonly approval: ApprovalView
  /** For the call that is resumed: of no use without the key, and for no browser or model. */
  readonly sealed: string
}

/** With a schema, Mastra runs the calls of one step one after another: one question at a time. */
export const suspendSchema = z.object({ approval: z.looseObject({}), sealed: z.string() })

/** The sealed question that Mastra kept for this call. A payload of somebody else's tool has none. */
export function sealedIn({ suspended }: Pick<CallState, 'suspended'>): string | undefined {
  const { sealed }: { sealed?: unknown } = Object(suspended)
  return typeof sealed === 'string' ? sealed : undefined
}

/** Suspends the call whose outcome is that a person has not answered, if Mastra can; then nothing is returned. */
export async function suspendIfPending<Outcome extends ToolOutcome>(
  outcome: Outcome,
  client: AuthSecClient,
  { suspend }: Pick<CallState, 'suspend'>,
): Promise<Outcome | undefined> {
  const pending = pendingOf(outcome)
  const { approval } = outcome as Partial<ToolFailure>
  if (!pending || !approval || !suspend) return outcome
  const payload: SuspendedApproval = { approval, sealed: await client.sealApproval(pending) }
  await whileSuspending(() => suspend(payload))
  return undefined
}
