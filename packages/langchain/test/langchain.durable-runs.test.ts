import type { ToolOutcome } from '@authsec/core/tool'
import { describeDurableRuns, type Host, type Payment } from '@authsec-internal/durable-runs'
import { AIMessage, type BaseMessage, HumanMessage, ToolMessage } from '@langchain/core/messages'
import { fakeModel } from '@langchain/core/testing'
import { Annotation, MemorySaver, START, StateGraph } from '@langchain/langgraph'
import { createAgent } from 'langchain'
import { operationTool } from '../src/index.ts'
import { actNode, askNode, type StoredApproval } from '../src/langgraph.ts'
import { authsecApproval } from '../src/middleware.ts'

const user = ({ context }: { context: { userId: string } }) => context.userId

function saverOf(durable: Map<string, unknown>): MemorySaver {
  const found = durable.get('saver')
  if (found instanceof MemorySaver) return found
  const saver = new MemorySaver()
  durable.set('saver', saver)
  return saver
}

/** From the newest checkpoint of a thread, or from the one that is named: each resumption starts where the call paused. */
const runOf = ({ thread, checkpoint }: Stored, userId: string) => ({
  configurable: { thread_id: thread, ...(checkpoint && { checkpoint_id: checkpoint }) },
  context: { userId },
  durability: 'sync' as const,
})

interface Stored {
  readonly thread: string
  readonly args: Payment
  readonly checkpoint?: string | undefined
  readonly sealed?: string | undefined
}

/** What is different from the state: the arguments of the model's call, or the sealed text. */
function edited(
  { messages, _authsecApprovals }: { messages: BaseMessage[]; _authsecApprovals: object },
  { sealed }: Stored,
  args: Payment | undefined,
): object | undefined {
  const answer = messages.findLast((message) => AIMessage.isInstance(message))
  const [call] = answer?.tool_calls ?? []
  const [[id, asked] = []] = Object.entries(_authsecApprovals)
  const isSame = Object(asked).stored?.sealed === sealed
  if (!answer || !call || !id || (isSame && !args)) return undefined
  const tool_calls = [{ ...call, args: { ...(args ?? call.args) } }]
  const changed = new AIMessage({ id: answer.id ?? '', content: '', tool_calls })
  const stored = { ...Object(asked).stored, sealed }
  return { messages: [changed], _authsecApprovals: { [id]: { ...asked, stored } } }
}

const agentHost: Host = {
  name: 'createAgent of LangChain',
  open({ client, operation, durable }) {
    const tools = [operationTool(client, operation)]
    const middleware = [authsecApproval(client, { tools, user })]
    const checkpointer = saverOf(durable)

    /** A resumption under a new ID is a new message, at which the model repeats its call. */
    async function run(stored: Stored, userId: string, toolCallId: string | undefined) {
      const model = fakeModel()
      const tool_calls = toolCallId
        ? [{ id: toolCallId, name: 'pay', args: { ...stored.args } }]
        : []
      if (toolCallId) model.respond(new AIMessage({ content: '', tool_calls }))
      model.respond(new AIMessage('over'))
      const agent = createAgent({ model, tools, middleware, checkpointer })
      const input = toolCallId ? { messages: [new HumanMessage('go')] } : null
      const done = await agent.invoke(input as never, runOf(stored, userId) as never)
      if ('__interrupt__' in done) {
        if (stored.checkpoint) return { stored: JSON.stringify(stored) }
        const { config, values } = await agent.graph.getState(runOf(stored, userId))
        const [asked] = Object.values(Object(values)._authsecApprovals)
        const checkpoint = config.configurable?.['checkpoint_id']
        const { sealed } = Object(asked).stored
        return { stored: JSON.stringify({ ...stored, sealed, checkpoint }) }
      }
      const results = done.messages.filter((message) => ToolMessage.isInstance(message))
      return { outcome: results.at(-1)?.artifact }
    }
    return {
      begin: (args, { toolCallId, thread, user: userId }) =>
        run({ thread, args }, userId, toolCallId),
      async resume(text, { user: userId, toolCallId, args }) {
        const stored: Stored = JSON.parse(text)
        const { graph } = createAgent({ model: fakeModel(), tools, middleware, checkpointer })
        const { values } = await graph.getState(runOf(stored, userId))
        const update = edited(Object(values), stored, args)
        if (!update) return run(stored, userId, toolCallId)
        // Somebody edited what is stored: in a fork, because the others carry on what was stored before.
        const fork = await graph.updateState(
          runOf(stored, userId),
          update as never,
          'AuthSecApproval.after_model' as never,
        )
        const checkpoint = fork.configurable?.['checkpoint_id']
        const progress = await run({ ...stored, checkpoint }, userId, toolCallId)
        return 'stored' in progress ? { stored: text } : progress
      },
      close: () => client.close(),
    }
  },
}

const State = Annotation.Root({
  args: Annotation<Payment>(),
  approval: Annotation<StoredApproval | null>(),
  outcome: Annotation<ToolOutcome>(),
})

const graphHost: Host = {
  name: 'a graph of LangGraph',
  open({ client, operation, durable }) {
    const input = ({ args }: typeof State.State) => args
    const tool = operationTool(client, operation)
    const call = { tool, input, field: 'approval', output: 'outcome', user } as const
    const graph = new StateGraph(State)
      .addNode('ask', askNode(call))
      .addNode('act', actNode(call))
      .addEdge(START, 'ask')
      .addEdge('ask', 'act')
      .compile({ checkpointer: saverOf(durable) })

    async function run(input: unknown, stored: Stored, userId: string) {
      const done = await graph.invoke(input as never, runOf(stored, userId) as never)
      if (!('__interrupt__' in done)) return { outcome: done.outcome }
      if (stored.checkpoint) return { stored: JSON.stringify(stored) }
      const { config, values } = await graph.getState(runOf(stored, userId))
      const { sealed } = values.approval
      const checkpoint = config.configurable?.['checkpoint_id']
      return { stored: JSON.stringify({ ...stored, sealed, checkpoint }) }
    }
    return {
      begin: (args, { thread, user: userId }) => run({ args }, { thread, args }, userId),
      async resume(text, { user: userId, args }) {
        const stored: Stored = JSON.parse(text)
        const { values } = await graph.getState(runOf(stored, userId))
        const isSame = values.approval?.sealed === stored.sealed
        const approval = { ...values.approval, sealed: stored.sealed }
        const update = { ...(args && { args }), ...(!isSame && { approval }) }
        if (Object.keys(update).length === 0) return run(null, stored, userId)
        // Somebody edited what is stored: in a fork, because the others carry on what was stored before.
        const fork = await graph.updateState(runOf(stored, userId), update, 'ask')
        const checkpoint = fork.configurable?.['checkpoint_id']
        const progress = await run(null, { ...stored, checkpoint }, userId)
        return 'stored' in progress ? { stored: text } : progress
      },
      close: () => client.close(),
    }
  },
}

describeDurableRuns(agentHost, { runs: 20 })
describeDurableRuns(graphHost, { runs: 20 })
