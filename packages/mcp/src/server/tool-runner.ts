import { type AuthSecClient, AuthSecError, type Clock, ConfigError } from '@authsec/core'
import { outcomeText, type ToolContext } from '@authsec/core/adapter'
import type { AgentTool, ToolOutcome } from '@authsec/core/tool'
import {
  type CallToolResult,
  type InputRequiredResult,
  isInputRequiredResult,
  type ServerContext,
} from '@modelcontextprotocol/server'
import { BEFORE_THE_QUESTION } from '../approval/status-sentence.ts'
import type { ToolApprovals } from '../approval/tool-approvals.ts'
import { callContextOf } from './call-context.ts'
import { signalOf } from './call-signal.ts'
import { asError } from './internal-error.ts'
import { reportProgress } from './progress.ts'
import type { UserOf } from './server-options.ts'
import { failureOf, toolResult } from './tool-result.ts'

/** Answers one call of a client. */
export type ToolRunner = (
  tool: AgentTool,
  input: unknown,
  ctx: ServerContext,
) => Promise<CallToolResult | InputRequiredResult>

export interface ToolRunnerOptions {
  client: AuthSecClient
  clock: Clock
  /** For tools that require an approval. */
  approvals: ToolApprovals
  /** `inline`: every call waits in one request. */
  mode: 'resumable' | 'inline'
  user: UserOf | undefined
  onError: ((error: Error) => void) | undefined
}

/** Runs tools for clients: with the client's signal, with progress, and with an answer for every error. */
export function createToolRunner(options: ToolRunnerOptions): ToolRunner {
  const { client, clock, approvals, mode, user, onError } = options

  async function execute(
    tool: AgentTool,
    input: unknown,
    ctx: ServerContext,
    context: ToolContext,
  ): Promise<ToolOutcome | InputRequiredResult> {
    if (!tool.requiresApproval) {
      const progress = reportProgress(ctx, clock, 'Calling the protected API.')
      return tool.execute(input, context).finally(progress.stop)
    }
    const progress = reportProgress(ctx, clock, BEFORE_THE_QUESTION)
    // Only requests of 2026-07-28 have an envelope. An older client cannot be asked to send again.
    const isResumable = mode === 'resumable' && ctx.mcpReq.envelope !== undefined
    return approvals
      .call({ tool, input, ctx, context, progress, isResumable })
      .finally(progress.stop)
  }

  return async function run(tool, input, ctx) {
    let context: ToolContext = {}
    try {
      context = callContextOf(ctx, user)
      const result = await execute(tool, input, ctx, context)
      return isInputRequiredResult(result) ? result : toolResult(result, outcomeText(result))
    } catch (error) {
      // Nobody waits for the answer of a cancelled call.
      signalOf(ctx).throwIfAborted()
      // What this package refuses is reported like what core refuses.
      if (!isForOperator(error)) return toolResult(await tool.refuse(input, error, context))
      onError?.(asError(error))
      return toolResult(failureOf(client, error))
    }
  }
}

/** A wrong configuration is no client's affair, and the model's answer alone would hide it. */
function isForOperator(error: unknown): boolean {
  return !AuthSecError.isInstance(error) || ConfigError.isInstance(error)
}
