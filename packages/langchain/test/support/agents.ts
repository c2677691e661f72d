import type { AuthSecClient } from '@authsec/core'
import { HumanMessage } from '@langchain/core/messages'
import { MemorySaver } from '@langchain/langgraph'
import { type AgentMiddleware, createAgent } from 'langchain'
import { type AuthSecApprovalOptions, authsecApproval } from '../../src/middleware.ts'
import { approvedRead, model, type ScriptedCall } from './approvals.ts'

/** A new message each time it is given. */
export const go = {
  get messages() {
    return [new HumanMessage('go')]
  },
}

export const thread = (id = 't1') => ({ configurable: { thread_id: id } })

interface Process {
  readonly client: AuthSecClient
  readonly steps?: readonly (readonly ScriptedCall[])[]
  readonly checkpointer?: MemorySaver | false
  readonly tools?: readonly object[]
  /** After the middleware for approvals. */
  readonly middleware?: readonly AgentMiddleware[]
  readonly options?: AuthSecApprovalOptions<{ userId: string }>
  readonly version?: 'v1' | 'v2'
}

/** An agent as one process has it: with the same checkpointer another one carries on its runs. */
export function agent({
  client,
  steps = [[{ id: 'c1' }]],
  checkpointer = new MemorySaver(),
  tools = [approvedRead(client)],
  middleware = [],
  options = {},
  version = 'v2',
}: Process) {
  return createAgent({
    model: model(...steps),
    tools: tools as never,
    middleware: [authsecApproval(client, { tools, ...options }), ...middleware],
    version,
    ...(checkpointer && { checkpointer }),
  })
}

/** What an interrupted run shows, by the ID of the call. */
export function interrupts(result: object): Record<string, unknown> {
  const found: { value: { toolCallId?: string; approval: unknown } }[] =
    Object(result).__interrupt__ ?? []
  return Object.fromEntries(found.map(({ value }) => [value.toolCallId, value.approval]))
}
