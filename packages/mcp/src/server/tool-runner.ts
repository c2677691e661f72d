import { type AuthSecClient, AuthSecError, type Clock } from '@authsec/core'
import { type AgentTool, outcomeText, type ToolOutcome } from '@authsec/core/tool'
import {
  type CallToolResult,
  type InputRequiredResult,
  isInputRequiredResult,
  type ServerContext,
} from '@modelcontextprotocol/server'
import type { ApprovalRounds } from '../approval/resumable-approvals.ts'
import { signalOf } from './call-signal.ts'
import type { PreparedOperation } from './operation.ts'
import { reportProgress } from './progress.ts'
import { failureOf, toolResult } from './tool-result.ts'

type Answer = CallToolResult | InputRequiredResult

export interface ToolRunner {
  operation(operation: PreparedOperation, input: unknown, ctx: ServerContext): Promise<Answer>
  tool(tool: AgentTool, input: unknown, ctx: ServerContext): Promise<Answer>
}

export interface ToolRunnerOptions {
  client: AuthSecClient
  clock: Clock
  /** How calls with an approval rule are made for clients that can come again; without it, no client is asked to. */
  rounds: ApprovalRounds | undefined
  onError: ((error: Error) => void) | undefined
}

/** Makes the calls of clients: with their signal, with progress, and with an answer whatever happens. */
export function createToolRunner(options: ToolRunnerOptions): ToolRunner {
  const { client, clock, rounds, onError } = options

  async function answer(
    ctx: ServerContext,
    work: () => Promise<ToolOutcome | InputRequiredResult>,
  ): Promise<Answer> {
    try {
      const result = await work()
      return isInputRequiredResult(result) ? result : toolResult(result, outcomeText(result))
    } catch (error) {
      // Nobody waits for the answer of a cancelled call.
      signalOf(ctx).throwIfAborted()
      if (!AuthSecError.isInstance(error)) onError?.(asError(error))
      return toolResult(failureOf(client, error))
    }
  }

  async function execute(
    tool: AgentTool,
    input: unknown,
    ctx: ServerContext,
    message = 'Calling the protected API.',
  ): Promise<ToolOutcome> {
    const stop = reportProgress(ctx, clock, message)
    return tool.execute(input, { signal: signalOf(ctx) }).finally(stop)
  }

  return {
    tool: (tool, input, ctx) => answer(ctx, () => execute(tool, input, ctx)),
    operation: (operation, input, ctx) =>
      answer(ctx, () => {
        const { asking, options } = operation
        if (!options.approval) return execute(asking, input, ctx)
        // Only requests of 2026-07-28 have an envelope; an older client cannot be told to come again.
        if (rounds && ctx.mcpReq.envelope) return rounds.call(operation, input, ctx)
        return execute(asking, input, ctx, 'Waiting for a person to approve this call.')
      }),
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error('Something that is no error was thrown.')
}
