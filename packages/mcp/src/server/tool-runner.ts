import { type AuthSecClient, AuthSecError, type Clock, ConfigError } from '@authsec/core'
import { outcomeText } from '@authsec/core/adapter'
import type { AgentTool, ToolOutcome } from '@authsec/core/tool'
import {
  type CallToolResult,
  type InputRequiredResult,
  isInputRequiredResult,
  type ServerContext,
} from '@modelcontextprotocol/server'
import type { ResumableApprovals } from '../approval/resumable-approvals.ts'
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
  /** For tools that require an approval and clients that can send a request again. Absent: every call waits. */
  resumable: ResumableApprovals | undefined
  onError: ((error: Error) => void) | undefined
}

/** Runs tools for clients: with the client's signal, with progress, and with an answer for every error. */
export function createToolRunner(options: ToolRunnerOptions): ToolRunner {
  const { client, clock, resumable, onError } = options

  async function execute(
    tool: AgentTool,
    input: unknown,
    ctx: ServerContext,
  ): Promise<ToolOutcome | InputRequiredResult> {
    // Only requests of 2026-07-28 have an envelope. An older client cannot be asked to send again.
    const canResume = tool.requiresApproval && ctx.mcpReq.envelope !== undefined
    if (resumable && canResume) return resumable.call({ tool, input, ctx })
    const message = tool.requiresApproval
      ? 'Waiting for a person to approve this call.'
      : 'Calling the protected API.'
    const stop = reportProgress(ctx, clock, message)
    return tool.execute(input, { signal: signalOf(ctx) }).finally(stop)
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
