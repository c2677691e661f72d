import type { AuthSecClient } from '@authsec/core'
import { runIdOf } from '@authsec/core/adapter'
import type { AgentTool, ToolOutcome } from '@authsec/core/tool'
import {
  type CallParties,
  type CallResult,
  carriedOn,
  type Suspendable,
  type ToolCall,
} from './suspended-call.ts'

/** A tool of this package: core plans the call anew, and compares, claims and sends it. */
export function ownCalls(
  tool: AgentTool,
  clientFor: (call: ToolCall) => AuthSecClient,
  { user, chatId }: CallParties,
): Suspendable {
  const run = runIdOf({})
  const contextOf = (call: ToolCall) => {
    const { toolCallId, abortSignal: signal } = call
    return { client: clientFor(call), user, thread: chatId, toolCallId, run, signal }
  }
  const refuse = (output: ToolOutcome): CallResult => ({ status: 'output', output })
  return {
    refuse,
    execute: (call) => tool.execute(call.input, contextOf(call)),
    async isFree(call) {
      return (await tool.plan(call.input, contextOf(call))).status === 'ready'
    },
    async ask(call) {
      const question = await tool.ask(call.input, contextOf(call))
      if (question.status === 'refused') return { status: 'failed', failure: question.outcome }
      if (question.status !== 'asked') return { status: 'not_needed' }
      const { approval, pending, client: asker } = question
      return { status: 'asked', approval, sealed: await asker.sealApproval(pending) }
    },
    view: async (sealed, call) => clientFor(call).viewApproval(sealed),
    async carryOn(approved, call) {
      const outcome = await tool.execute(call.input, { ...contextOf(call), approved })
      return carriedOn(outcome, refuse(outcome))
    },
  }
}
