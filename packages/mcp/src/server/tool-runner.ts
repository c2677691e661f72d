import { type AuthSecClient, AuthSecError, type Clock, ConfigError } from '@authsec/core'
import { outcomeText } from '@authsec/core/adapter'
import type { AgentTool, ToolOutcome } from '@authsec/core/tool'
import {
  type CallToolResult,
  type InputRequiredResult,
  isInputRequiredResult,
  type ServerContext,
} from '@modelcontextprotocol/server'
import { BEFORE_THE_QUESTION } from '../approval/status-sentence.ts'
import type { ToolApprovals } from '../approval/tool-approvals.ts'
import { signalOf } from './call-signal.ts'
import { reportProgress } from './progress.ts'
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
  onError: ((error: Error) => void) | undefined
}

/** Runs tools for clients: with the client's signal, with progress, and with an answer for every error. */
export function createToolRunner(options: ToolRunnerOptions): ToolRunner {
  const { client, clock, approvals, mode, onError } = options

  async function execute(
    tool: AgentTool,
    input: unknown,
    ctx: ServerContext,
  ): Promise<ToolOutcome | InputRequiredResult> {
    if (!tool.requiresApproval) {
      const progress = reportProgress(ctx, clock, 'Calling the protected API.')
      return tool.execute(input, { signal: signalOf(ctx) }).finally(progress.stop)
    }
    const progress = reportProgress(ctx, clock, BEFORE_THE_QUESTION)
    // Only requests of 2026-07-28 have an envelope. An older client cannot be asked to send again.
    const isResumable = mode === 'resumable' && ctx.mcpReq.envelope !== undefined
    return approvals.call({ tool, input, ctx, progress, isResumable }).finally(progress.stop)
  }

  return async function run(tool, input, ctx) {
    try {
      const result = await execute(tool, input, ctx)
      return isInputRequiredResult(result) ? result : toolResult(result, outcomeText(result))
    } catch (error) {
      // Nobody waits for the answer of a cancelled call.
      signalOf(ctx).throwIfAborted()
      if (isForOperator(error)) onError?.(asError(error))
      return toolResult(failureOf(client, error))
    }
  }
}

/** A wrong configuration is no client's affair, and the model's answer alone would hide it. */
function isForOperator(error: unknown): boolean {
  return !AuthSecError.isInstance(error) || ConfigError.isInstance(error)
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error('A value that is not an Error was thrown.')
}
