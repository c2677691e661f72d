import type { AuthSecClient } from '@authsec/core'
import {
  assertClient,
  checkOptions,
  checkToolApprovalRules,
  optional,
  optionalFunction,
  uncheckedHere,
} from '@authsec/core/adapter'
import type { ToolApprovalRules } from '@authsec/core/tool'
import type { BaseMessage } from '@langchain/core/messages'
import { type AgentMiddleware, createMiddleware } from 'langchain'
import { canPause, currentConfig, type UserOf, userOf } from '../run/agent-run.ts'
import { fieldOf } from '../run/fields.ts'
import { runTool } from '../tools/run-tool.ts'
import { agentToolOf, failureMessage } from '../tools/structured-tool.ts'
import { type AskedCalls, approvalState, createAskedCalls } from './asked-calls.ts'
import { createCallGuard } from './call-guard.ts'
import { type OpenCall, openCalls } from './open-calls.ts'
import { pause } from './pause.ts'

export interface AuthSecApprovalOptions<Context = Record<string, unknown>> {
  /**
   * The tools of the agent. For those of this package that require an approval, the run pauses. One that is not
   * listed waits for the answer inside its call.
   */
  readonly tools?: readonly object[] | undefined
  /** When a person decides about tools that are not of this package, by the name that the model knows. */
  readonly rules?: ToolApprovalRules | undefined
  /**
   * Who the agent works for. Approvals are bound to it: a run that somebody else resumes gets `approval_mismatch`.
   * Default: nobody in particular.
   */
  readonly user?: UserOf<Context> | undefined
}

/**
 * Middleware for `createAgent`: a person is asked about the calls that require an approval in one step of the run,
 * and in the next the run pauses. It can be resumed in another process, by `invoke(null, config)` or any `Command`;
 * the resume value decides nothing. Each resume collects the answer once, and an approved call runs.
 *
 * Put it first in `middleware`, so that it asks about the arguments that others have edited. The sealed questions
 * are in the private state `_authsecApprovals`, which checkpoints, traces and the stream modes `values`, `updates`
 * and `debug` show; whoever has no key of the client cannot open them. The interrupt shows the public view.
 *
 * Without a checkpointer, and for several calls in `version: 'v1'` of `createAgent`, the call waits for the answer.
 * Throws `ConfigError` for an unusable option.
 *
 * @example
 * ```ts
 * import { createAuthSecClientFromEnv } from '@authsec/core'
 * import { operationTool } from '@authsec/langchain'
 * import { authsecApproval } from '@authsec/langchain/middleware'
 * import { MemorySaver } from '@langchain/langgraph'
 * import { createAgent } from 'langchain'
 * import { z } from 'zod'
 *
 * const client = createAuthSecClientFromEnv()
 * const tools = [
 *   operationTool(client, {
 *     name: 'get_record',
 *     description: 'One record of the vault.',
 *     path: 'records/{id}',
 *     params: z.object({ id: z.string() }),
 *     approval: { approver: 'owner@example.com', message: 'Show record {id}?' },
 *   }),
 * ]
 *
 * export const agent = createAgent({
 *   model: 'openai:gpt-4o-mini',
 *   tools,
 *   middleware: [authsecApproval(client, { tools })],
 *   checkpointer: new MemorySaver(),
 * })
 * ```
 */
export function authsecApproval<Context = Record<string, unknown>>(
  client?: AuthSecClient | undefined,
  options: AuthSecApprovalOptions<Context> = {},
): AgentMiddleware<typeof approvalState> {
  if (client !== undefined) assertClient(client, 'The client of authsecApproval')
  checkOptions<AuthSecApprovalOptions<Context>>(options, 'the options of authsecApproval', {
    tools: uncheckedHere,
    rules: optional(checkToolApprovalRules),
    user: optionalFunction,
  })
  const { tools = [], rules = {}, user } = options
  const known = new Map(tools.map((tool) => [fieldOf(tool, 'name'), tool]))
  const guard = createCallGuard({ client, rules, user })
  const asked = createAskedCalls(
    (call: OpenCall) => guard.ask(call, agentToolOf(known.get(call.name)), currentConfig()),
    () => userOf(user, currentConfig()),
  )

  return createMiddleware({
    name: 'AuthSecApproval',
    stateSchema: approvalState,
    async afterModel(state) {
      const before: AskedCalls = state._authsecApprovals
      const now = canPause(currentConfig()) ? await asked.update(state.messages, before) : {}
      const isEmpty = Object.keys({ ...before, ...now }).length === 0
      return isEmpty ? undefined : { _authsecApprovals: now }
    },
    async wrapToolCall(request, handler) {
      const { toolCall, tool, state, runtime } = request
      const { interrupt, signal } = runtime
      const id = toolCall.id ?? ''
      const stored = state._authsecApprovals[id]?.stored
      const config = currentConfig()
      const mayPause =
        Boolean(interrupt) && canPause(config) && !isSharedStep(config, state.messages)
      const decision = await guard.decide({ call: toolCall, tool, stored, mayPause }, config)
      if (decision.status === 'pending') return pause(interrupt, decision.approval, id)
      if (decision.status === 'refused')
        return failureMessage(decision.failure, { ...toolCall, id })
      return runTool(toolCall, signal, () => handler({ ...request, ...decision.approved }))
    },
  })
}

/**
 * Whether several calls run in one step, as in version v1 of `createAgent`: a pause of one would run the others
 * again. In v2 the input of the step is one call.
 */
function isSharedStep(config: unknown, messages: readonly BaseMessage[]): boolean {
  const path = ['configurable', '__pregel_scratchpad', 'currentTaskInput']
  const input = fieldOf(config, ...path)
  const isOneCall = input === undefined || fieldOf(input, 'lg_tool_call') !== undefined
  return !isOneCall && openCalls(messages).length > 1
}
