import type { AuthSecClient } from '@authsec/core'
import {
  assertClient,
  checkOptions,
  invalidOption,
  isFunction,
  isText,
  optionalFunction,
  uncheckedHere,
} from '@authsec/core/adapter'
import type { AgentTool, ToolOutcome } from '@authsec/core/tool'
import { interrupt } from '@langchain/langgraph'
import { canPause, signalOf, threadOf, type UserOf, userOf } from '../run/agent-run.ts'
import { noticesTo } from '../run/approval-notice.ts'
import { runOf } from '../run/run-of.ts'
import { agentToolOf } from '../tools/structured-tool.ts'
import { askOwn, collectOwn, waitOwn } from './own-approval.ts'
import { pause } from './pause.ts'
import type { StoredApproval } from './sealed-approval.ts'

/** One call of a tool as two nodes. Both get the same options. */
export interface ApprovalNodeOptions<
  State,
  Field extends string,
  Output extends string,
  Context = Record<string, unknown>,
> {
  /** A tool of this package or of `@authsec/core/tool`. */
  readonly tool: AgentTool | object
  /** The tool's input, from the state. It must be the same in both nodes. */
  readonly input: (state: State) => unknown
  /** The state field for the sealed question. Nothing shows it to a model, unless a node of yours does. */
  readonly field: Field
  /** The state field for what the call came to. */
  readonly output: Output
  /** Who the agent works for. Approvals are bound to it. Default: nobody in particular. */
  readonly user?: UserOf<Context> | undefined
  /** For a tool without a client of its own. Default: the one that the process shares. */
  readonly client?: AuthSecClient | undefined
}

/** What a node is to LangGraph. */
type ApprovalNode<State, Field extends string, Output extends string> = (
  state: State,
  config?: object,
) => Promise<Update<Field, Output>>

type Update<Field extends string, Output extends string> = Partial<
  Record<Field, StoredApproval | null> & Record<Output, ToolOutcome>
>

/**
 * The first of two nodes for a call that requires an approval: it asks, and stores the sealed question in `field`.
 * Use `{ durability: 'sync' }` for `invoke` and `stream`, so that it is stored before the pause: a process that ends
 * between the two would otherwise ask again. Throws `ConfigError` for an unusable option.
 *
 * @example
 * ```ts
 * import { createAuthSecClientFromEnv } from '@authsec/core'
 * import { defineOperation, type ToolOutcome } from '@authsec/core/tool'
 * import { actNode, askNode, type StoredApproval } from '@authsec/langchain/langgraph'
 * import { Annotation, MemorySaver, START, StateGraph } from '@langchain/langgraph'
 * import { z } from 'zod'
 *
 * const tool = defineOperation(createAuthSecClientFromEnv(), {
 *   name: 'get_record',
 *   description: 'One record of the vault.',
 *   path: 'records/{id}',
 *   params: z.object({ id: z.string() }),
 *   approval: { approver: 'owner@example.com', message: 'Show record {id}?' },
 * })
 * const State = Annotation.Root({
 *   id: Annotation<string>(),
 *   approval: Annotation<StoredApproval | null>(),
 *   outcome: Annotation<ToolOutcome>(),
 * })
 * const call = {
 *   tool,
 *   input: ({ id }: typeof State.State) => ({ id }),
 *   field: 'approval',
 *   output: 'outcome',
 * } as const
 *
 * export const graph = new StateGraph(State)
 *   .addNode('ask', askNode(call))
 *   .addNode('act', actNode(call))
 *   .addEdge(START, 'ask')
 *   .addEdge('ask', 'act')
 *   .compile({ checkpointer: new MemorySaver() })
 * ```
 */
export function askNode<
  State,
  const Field extends string,
  const Output extends string,
  Context = Record<string, unknown>,
>(options: ApprovalNodeOptions<State, Field, Output, Context>): ApprovalNode<State, Field, Output> {
  const { tool, contextOf } = prepare(options, 'askNode')
  const { field, input } = options
  return async (state, config) => {
    const asked = canPause(config) ? await askOwn(tool, input(state), contextOf(config)) : undefined
    return { [field]: asked?.stored ?? null } as Update<Field, Output>
  }
}

/**
 * The second node: it collects the answer, pauses while there is none, and makes the approved call, once. What it
 * came to is in `output`, as the outcome that a model would read, and `field` is cleared. Resume by
 * `invoke(null, config)` or any `Command`; the resume value decides nothing. Without a checkpointer it waits for the
 * answer. Throws `ConfigError` for an unusable option.
 *
 * @example
 * ```ts
 * import { createAuthSecClientFromEnv } from '@authsec/core'
 * import { operationTool } from '@authsec/langchain'
 * import { actNode } from '@authsec/langchain/langgraph'
 * import { z } from 'zod'
 *
 * const tool = operationTool(createAuthSecClientFromEnv(), {
 *   name: 'get_record',
 *   description: 'One record of the vault.',
 *   path: 'records/{id}',
 *   params: z.object({ id: z.string() }),
 *   approval: { approver: 'owner@example.com', message: 'Show record {id}?' },
 * })
 * const input = ({ id }: { id: string }) => ({ id })
 * export const act = actNode({ tool, input, field: 'approval', output: 'outcome' })
 * ```
 */
export function actNode<
  State,
  const Field extends string,
  const Output extends string,
  Context = Record<string, unknown>,
>(options: ApprovalNodeOptions<State, Field, Output, Context>): ApprovalNode<State, Field, Output> {
  const { tool, contextOf } = prepare(options, 'actNode')
  const { field, output } = options

  async function act(state: State, config: object | undefined): Promise<ToolOutcome> {
    const stored = Object(state)[field] as StoredApproval | null | undefined
    if (stored && 'failure' in stored) return stored.failure
    const input = options.input(state)
    const context = contextOf(config)
    const decision =
      stored && canPause(config)
        ? await collectOwn(tool, input, { ...context, stored })
        : await waitOwn(tool, input, { ...context, sealed: stored?.sealed })
    if (decision.status === 'pending') return pause(interrupt, decision.approval, undefined)
    if (decision.status === 'refused') return decision.failure
    const run = runOf({ ...config, state })
    return tool.execute(input, { ...context, run, ...decision.approved })
  }

  return async (state, config) => {
    const outcome = await act(state, config)
    return { [field]: null, [output]: outcome } as Update<Field, Output>
  }
}

function prepare<State, Field extends string, Output extends string, Context>(
  options: ApprovalNodeOptions<State, Field, Output, Context>,
  name: string,
) {
  checkOptions<ApprovalNodeOptions<State, Field, Output, Context>>(
    options,
    `the options of ${name}`,
    {
      tool: uncheckedHere,
      input: isFunction,
      field: isText,
      output: isText,
      user: optionalFunction,
      client: uncheckedHere,
    },
  )
  const { client, user } = options
  if (client !== undefined) assertClient(client, `The client of ${name}`)
  const tool = agentToolOf(options.tool) ?? options.tool
  if (!isAgentTool(tool)) {
    throw invalidOption(
      `\`tool\` of ${name}`,
      'is not a tool of AuthSec',
      'Pass what `operationTool` or `defineOperation` returns.',
    )
  }
  const contextOf = (config: object | undefined) => ({
    thread: threadOf(config),
    user: userOf(user, config),
    client,
    signal: signalOf(config),
    onApproval: noticesTo(config, undefined),
  })
  return { tool, contextOf }
}

function isAgentTool(tool: object): tool is AgentTool {
  return 'plan' in tool && 'ask' in tool && 'poll' in tool && 'execute' in tool
}
