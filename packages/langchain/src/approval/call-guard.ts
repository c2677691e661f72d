import type { AuthSecClient } from '@authsec/core'
import { keepDefaultClient, type ToolContext } from '@authsec/core/adapter'
import type { AgentTool, ToolApprovalRules } from '@authsec/core/tool'
import type { ToolCall } from '@langchain/core/messages/tool'
import type { RunnableConfig } from '@langchain/core/runnables'
import type { ClientTool } from '@langchain/core/tools'
import { nameOf, signalOf, threadOf, type UserOf, userOf } from '../run/agent-run.ts'
import { noticesTo } from '../run/approval-notice.ts'
import { findCallbackHandler } from '../run/callback-handler.ts'
import { runOf } from '../run/run-of.ts'
import { agentToolOf, withToolContext } from '../tools/structured-tool.ts'
import type { AskedNow } from './asked-calls.ts'
import { askForeign, collectForeign, type ForeignCall, waitForeign } from './foreign-approval.ts'
import { askOwn, collectOwn, waitOwn } from './own-approval.ts'
import type { Decision, StoredApproval } from './sealed-approval.ts'

/** A call that is about to run. */
interface CallToDecide {
  readonly call: ToolCall
  readonly tool: unknown
  readonly stored: StoredApproval | undefined
  readonly mayPause: boolean
}

type CallContext = Pick<
  ToolContext,
  'toolCallId' | 'thread' | 'run' | 'user' | 'signal' | 'onApproval'
>

/** What an approved call runs with instead of what the model's request says. */
interface Replaced {
  readonly tool?: ClientTool
  readonly toolCall?: ToolCall
}

export interface CallGuard {
  /** Asks about a call without waiting, if it requires an approval. */
  ask(
    call: ToolCall,
    own: AgentTool | undefined,
    config: object | undefined,
  ): Promise<AskedNow | undefined>
  /** Collects the answer, or waits for it where the run may not pause. */
  decide(call: CallToDecide, config: object | undefined): Promise<Decision<Replaced>>
}

export interface CallGuardOptions<Context> {
  /** Default: the one of the process. A tool's own, or that of the run's handler, comes first. */
  readonly client: AuthSecClient | undefined
  readonly rules: ToolApprovalRules
  readonly user: UserOf<Context> | undefined
}

/** Decides about calls of tools of this package by the tool, and of others by their rule. */
export function createCallGuard<Context>({
  client: givenClient,
  rules,
  user,
}: CallGuardOptions<Context>): CallGuard {
  const defaultClient = keepDefaultClient()

  /** Our tools enforce their own rule, or their resource's. */
  const hasRule = (name: string, own: AgentTool | undefined): boolean =>
    Object.hasOwn(rules, name) && !own?.requiresApproval

  function contextOf(call: ToolCall, config: object | undefined): CallContext {
    const toolCallId = nameOf(call.id)
    return {
      toolCallId,
      thread: threadOf(config),
      run: runOf(config),
      user: userOf(user, config),
      signal: signalOf(config),
      onApproval: noticesTo(config, toolCallId),
    }
  }

  const clientOf = (config: object | undefined): AuthSecClient | undefined =>
    findCallbackHandler(callbacksOf(config))?.client ?? givenClient

  function foreignCall(call: ToolCall, config: object | undefined): ForeignCall {
    const { signal, onApproval, ...names } = contextOf(call, config)
    return {
      client: clientOf(config) ?? defaultClient(),
      rules,
      call: { toolName: call.name, input: call.args, ...names },
      ...{ signal, onApproval },
    }
  }

  async function decideOwn(
    own: AgentTool,
    { call, tool, stored, mayPause }: CallToDecide,
    config: object | undefined,
  ): Promise<Decision<Replaced>> {
    const context = { ...contextOf(call, config), client: clientOf(config) }
    const sealed = stored && 'sealed' in stored ? stored : undefined
    const decision =
      sealed && mayPause
        ? await collectOwn(own, call.args, { ...context, stored: sealed })
        : await waitOwn(own, call.args, { ...context, sealed: sealed?.sealed })
    if (decision.status !== 'ready') return decision
    const { toolCallId, thread, user } = context
    const carried = withToolContext(Object(tool), {
      toolCallId,
      thread,
      user,
      ...decision.approved,
    })
    return { status: 'ready', approved: { tool: carried } }
  }

  async function decideForeign(
    { call, stored, mayPause }: CallToDecide,
    config: object | undefined,
  ): Promise<Decision<Replaced>> {
    const foreign = foreignCall(call, config)
    const sealed = stored && 'sealed' in stored ? stored : undefined
    const decision =
      sealed && mayPause
        ? await collectForeign(foreign, sealed)
        : await waitForeign(foreign, sealed?.sealed)
    if (decision.status !== 'ready') return decision
    const { approved: args } = decision
    return args === undefined
      ? { status: 'ready' }
      : { status: 'ready', approved: { toolCall: { ...call, args: Object(args) } } }
  }

  return {
    async ask(call, own, config) {
      if (hasRule(call.name, own)) {
        const foreign = foreignCall(call, config)
        const stored = await askForeign(foreign)
        return stored && { stored, client: foreign.client }
      }
      const client = clientOf(config)
      return own && askOwn(own, call.args, { ...contextOf(call, config), client })
    },

    async decide(asked, config) {
      const { stored, tool, call } = asked
      if (stored && 'failure' in stored) return { status: 'refused', failure: stored.failure }
      const own = agentToolOf(tool)
      if (hasRule(call.name, own)) return decideForeign(asked, config)
      return own ? decideOwn(own, asked, config) : { status: 'ready' }
    },
  }
}

function callbacksOf(config: unknown): RunnableConfig['callbacks'] {
  return Object(config).callbacks
}
