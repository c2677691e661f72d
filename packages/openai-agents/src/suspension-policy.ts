import { isSafeMethod } from '@authsec/core/adapter'
import type { OperationOptions } from '@authsec/core/tool'
import type { RunContext } from '@openai/agents-core'
import { contextOf } from './call-options.ts'
import { NEVER } from './sdk-facts.ts'
import type { ActingTool } from './tool-marks.ts'

/** What says whether a call of a tool may pause its run. */
export type MaySuspend = Partial<Pick<OperationOptions<never>, 'approval' | 'method'>>

type Policy = (runContext: RunContext<unknown>, input: unknown, callId?: string) => Promise<boolean>

/** Pauses the run for a call to which a rule with `wait: 'suspend'` applies. */
export function suspensionPolicy<Context>(own: ActingTool<Context>, rule: MaySuspend): Policy {
  if (!maySuspend(own, rule)) return NEVER as Policy
  return async (given, input, toolCallId) => {
    // The SDK's type says less than it passes: the context of the run, as to `invoke`.
    const runContext = given as RunContext<Context>
    const plan = await own.tool.plan(input, contextOf(own, runContext, { toolCallId }))
    return plan.status === 'needs_approval' && plan.approval.wait === 'suspend'
  }
}

/** The rule of a resource is for unsafe methods, and of a client that is named in each call nobody knows it before. */
function maySuspend<Context>(
  { tool, client }: ActingTool<Context>,
  { approval, method = 'GET' }: MaySuspend,
): boolean {
  if (approval) return approval.wait === 'suspend'
  if (isSafeMethod(method.toUpperCase())) return false
  return tool.requiresApproval || client === undefined || typeof client === 'function'
}
