import type { AuthSecClient } from '@authsec/core'
import { errorOutcome, toolQuestion } from '@authsec/core/adapter'
import type { ToolApprovalRules, ToolFailure } from '@authsec/core/tool'
import {
  type CallParties,
  type CallResult,
  carriedOn,
  type Suspendable,
  type ToolCall,
} from './suspended-call.ts'

/** The part of an AI SDK tool that is executed. */
export interface ForeignTool {
  readonly execute?: ((input: unknown, options: object) => unknown) | undefined
}

/** A tool of somebody else: the approval of its name and input is used up right before it runs. */
export function foreignCalls(
  tool: ForeignTool,
  toolName: string,
  rules: ToolApprovalRules,
  clientFor: (call: ToolCall) => AuthSecClient,
  { user, chatId }: CallParties,
  onError: (error: unknown) => string,
): Suspendable {
  const questionOf = ({ toolCallId, input }: ToolCall) =>
    toolQuestion(rules, { toolName, input, toolCallId, thread: chatId, user })
  const refuse = ({ message }: ToolFailure): CallResult => ({ status: 'error', errorText: message })

  /** Runs the tool on the input that was compared: the caller may still hold the other one. */
  async function run(action: unknown, call: ToolCall): Promise<CallResult> {
    const { toolCallId, abortSignal, context } = call
    const input: unknown = structuredClone(Object(action).input)
    const options = { toolCallId, messages: [], abortSignal }
    try {
      const made = tool.execute?.(input, { ...options, context, experimental_context: context })
      return { status: 'output', output: await lastOf(made) }
    } catch (error) {
      abortSignal?.throwIfAborted()
      return { status: 'error', errorText: onError(error) }
    }
  }

  return {
    refuse,
    execute: ({ input }, options) => tool.execute?.(input, options),
    async isFree(call) {
      try {
        return questionOf(call) === undefined
      } catch {
        // What cannot be asked about is not free; `ask` says why.
        return false
      }
    },
    view: async (sealed, call) => clientFor(call).viewApproval(sealed),
    async ask(call) {
      const client = clientFor(call)
      try {
        const question = questionOf(call)
        if (!question) return { status: 'not_needed' }
        const { abortSignal: signal } = call
        const pending = await client.startApproval({ ...question, reuse: true, signal })
        const approval = await client.viewApproval(pending)
        return { status: 'asked', approval, sealed: await client.sealApproval(pending) }
      } catch (error) {
        call.abortSignal?.throwIfAborted()
        return { status: 'failed', failure: errorOutcome(error, client.mode) }
      }
    },
    async carryOn(sealed, call) {
      const { abortSignal: signal } = call
      const client = clientFor(call)
      try {
        const question = questionOf(call)
        if (!question) return carriedOn(NO_LONGER_RULED, refuse(NO_LONGER_RULED))
        await client.useApproval(sealed, { ...question, signal })
        return { answer: 'approved', result: await run(question.action, call) }
      } catch (error) {
        signal?.throwIfAborted()
        const failure = errorOutcome(error, client.mode)
        return carriedOn(failure, refuse(failure))
      }
    },
  }
}

const NO_LONGER_RULED: ToolFailure = {
  ok: false,
  code: 'approval_mismatch',
  message: 'The request is not the one that was approved, so nothing was done.',
  retryable: false,
}

/** Tools may yield preliminary results: the last one counts. */
async function lastOf(made: unknown): Promise<unknown> {
  if (!isIterable(made)) return made
  let last: unknown
  for await (const one of made) last = one
  return last
}

function isIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value
}
