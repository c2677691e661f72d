import type { OperationOptions } from '@authsec/core/tool'
import { type FunctionTool, type RunContext, tool as sdkTool } from '@openai/agents-core'
import { contextOf } from './call-options.ts'
import type { OwnTool } from './tool-marks.ts'

/** What says whether a call of a tool may pause its run. */
export type MaySuspend = Partial<Pick<OperationOptions<never>, 'approval' | 'method'>>

type Policy = (runContext: RunContext<unknown>, input: unknown, callId?: string) => Promise<boolean>

const parameters = {
  type: 'object',
  properties: {},
  required: [],
  additionalProperties: true,
} satisfies FunctionTool['parameters']

/**
 * The SDK's own policy of a tool that never pauses, which it knows by identity. Of a tool with any other policy it pauses
 * the run for arguments that are no JSON object, and asks no policy: a run without approvals must not end there.
 */
const { needsApproval: NEVER } = sdkTool({
  name: 'never',
  description: '',
  parameters,
  strict: false,
  needsApproval: false,
  execute: () => '',
})

/** Pauses the run for a call to which a rule with `wait: 'suspend'` applies. */
export function suspensionPolicy<Context>(own: OwnTool<Context>, rule: MaySuspend): Policy {
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
  { tool, client }: OwnTool<Context>,
  { approval, method = 'GET' }: MaySuspend,
): boolean {
  if (approval) return approval.wait === 'suspend'
  if (SAFE.includes(method.toUpperCase())) return false
  return tool.requiresApproval || client === undefined || typeof client === 'function'
}

const SAFE = ['GET', 'HEAD', 'OPTIONS']
