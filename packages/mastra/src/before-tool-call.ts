import type { AuthSecClient } from '@authsec/core'
import {
  assertClient,
  checkOptions,
  checkToolApprovalRules,
  errorOutcome,
  optional,
  optionalFunction,
  optionalObject,
  requestToolApproval,
} from '@authsec/core/adapter'
import type { ToolApprovalRules, ToolFailure } from '@authsec/core/tool'
import { callStateOf } from './call-state.ts'
import { type ClientOf, clientChooser } from './request-client.ts'
import { enforcesApproval } from './secure-tool.ts'
import { sealedIn, suspendIfPending } from './suspension.ts'
import type { CallOptions } from './tool-options.ts'

export interface BeforeToolCallOptions extends CallOptions {
  /** Approval rules by the name the model knows. Default: none. */
  approvals?: ToolApprovalRules | undefined
  /** The agent's tools, so that nobody is asked twice about tools that enforce an approval themselves. Default: none. */
  tools?: Readonly<Record<string, unknown>> | undefined
}

/** The parts of Mastra's hook context that are read. */
export interface ToolCallAhead {
  readonly toolName: string
  readonly input: unknown
  readonly context?: unknown
}

/**
 * Creates a hook for `new Agent({ hooks: { beforeToolCall } })`: no tool of the agent runs without a valid
 * delegation token, or without a required approval by CIBA. The model reads the reason instead. Tools of
 * this package enforce their own rules inside `execute` as well, because a single call can replace a hook.
 * Throws `ConfigError` for an unusable option.
 *
 * @param client - The agent that acts, or a function that names it in each call.
 *
 * @example
 * ```ts
 * import { createAuthSecClientFromEnv } from '@authsec/core'
 * import { authsecBeforeToolCall } from '@authsec/mastra'
 *
 * export const beforeToolCall = authsecBeforeToolCall(createAuthSecClientFromEnv(), {
 *   approvals: { send_mail: { approver: 'owner@example.com', message: 'Mail {to}?' } },
 * })
 * ```
 */
export function authsecBeforeToolCall(
  client: AuthSecClient | ClientOf,
  options: BeforeToolCallOptions = {},
): (
  call: ToolCallAhead,
) => Promise<{ proceed: false; output: ToolFailure | undefined } | undefined> {
  if (typeof client !== 'function') assertClient(client, 'The client of authsecBeforeToolCall')
  checkOptions<BeforeToolCallOptions>(options, 'the hook options', {
    approvals: optional(checkToolApprovalRules),
    tools: optionalObject,
    user: optionalFunction,
  })
  const { approvals = {}, tools = {}, user } = options
  const clientFor = clientChooser(client, 'authsecBeforeToolCall')
  return async function beforeToolCall({ toolName, input, context }) {
    const state = callStateOf(context, user)
    const { signal } = state.context
    const acting = clientFor(state.requestContext)
    try {
      await acting.getDelegationToken({ signal })
    } catch (error) {
      if (signal?.aborted) throw signal.reason
      return { proceed: false, output: errorOutcome(error, acting.mode) }
    }
    if (Object.hasOwn(tools, toolName) && enforcesApproval(tools[toolName])) return undefined
    const call = { ...state.context, toolName, input, approved: sealedIn(state) }
    const answer = await requestToolApproval(acting, approvals, call)
    if (typeof answer !== 'object') return undefined
    return { proceed: false, output: await suspendIfPending(answer, acting, state) }
  }
}
