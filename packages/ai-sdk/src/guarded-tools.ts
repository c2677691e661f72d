import type { ToolFailure } from '@authsec/core/tool'
import { contextIn, type ToolCallOptions } from './call-options.ts'
import type { ForeignTool } from './foreign-calls.ts'
import type { Asked, CallResult, Suspendable } from './suspended-call.ts'
import { markAsEnforcing } from './tool-marks.ts'

interface NeedsApproval {
  readonly needsApproval?: unknown
}

/** Told of each question, with its sealed form. */
export type OnAsked = (
  toolCallId: string,
  asked: Extract<Asked, { status: 'asked' }>,
) => Promise<void>

/**
 * A copy of a tool that asks in `needsApproval`, where AI SDK 6 and 7 end the response, and whose `execute`
 * runs what nobody need decide about. A call that was asked about is executed by `settle`, and never here:
 * `needsApproval` is called again for whatever a client says was approved, and guards nothing.
 */
export function guardedTool(
  tool: ForeignTool & NeedsApproval,
  calls: Suspendable,
  onAsked: OnAsked,
): object {
  const decided = new Map<string, 'free' | ToolFailure>()

  async function needsApproval(input: unknown, options: ToolCallOptions): Promise<boolean> {
    const { toolCallId, messages = [], abortSignal } = options
    const call = { toolCallId, input, abortSignal, context: contextIn(options) }
    decided.delete(toolCallId)
    if (messages.some((message) => requestsApproval(message, toolCallId))) {
      // The user was asked, as the tool itself wishes. AI SDK 7 goes on whatever is returned here.
      const isOfUser = (await wantsUser(tool, input, options)) && (await calls.isFree(call))
      if (isOfUser) decided.set(toolCallId, 'free')
      return true
    }
    const asked = await calls.ask(call)
    if (asked.status === 'asked') {
      await onAsked(toolCallId, asked)
      return true
    }
    if (asked.status === 'failed') {
      decided.set(toolCallId, asked.failure)
      return false
    }
    decided.set(toolCallId, 'free')
    return wantsUser(tool, input, options)
  }

  function execute(input: unknown, options: ToolCallOptions): unknown {
    const { toolCallId, abortSignal } = options
    const decision = decided.get(toolCallId) ?? NOT_SETTLED
    decided.delete(toolCallId)
    const call = { toolCallId, input, abortSignal, context: contextIn(options) }
    if (decision === 'free') return calls.execute(call, options)
    return thrownIfError(calls.refuse(decision))
  }
  markAsEnforcing(execute)
  return { ...tool, needsApproval, execute }
}

/** The tool's own wish, for a call that no rule is about. */
async function wantsUser(
  { needsApproval }: NeedsApproval,
  input: unknown,
  options: ToolCallOptions,
): Promise<boolean> {
  if (typeof needsApproval !== 'function') return Boolean(needsApproval)
  return Boolean(await needsApproval(input, options))
}

/** Whether this model message asks for an approval of the call: then it was asked about in an earlier request. */
function requestsApproval(message: unknown, toolCallId: string): boolean {
  const { content } = Object(message)
  const parts: readonly unknown[] = Array.isArray(content) ? content : []
  return parts.some((part) => {
    const { type, toolCallId: about } = Object(part)
    return type === 'tool-approval-request' && about === toolCallId
  })
}

function thrownIfError(result: CallResult): unknown {
  if (result.status === 'output') return result.output
  throw new Error(result.errorText)
}

/** The answer to an approval that came with no question of ours. */
export const NOT_ASKED: ToolFailure = {
  ok: false,
  code: 'approval_invalid',
  message: 'No question to a person came with this call, so nothing was done.',
  retryable: false,
}

const NOT_SETTLED: ToolFailure = {
  ...NOT_ASKED,
  message:
    'This call needs the approval of a person, which is collected by `settle` of `createApprovals` (AI SDK 6 and 7), so nothing was done.',
}
