import { describeDurableRuns, type Host, type Payment } from '@authsec-internal/durable-runs'
import { Agent } from '@mastra/core/agent'
import { Mastra } from '@mastra/core/mastra'
import { InMemoryStore } from '@mastra/core/storage'
import { operationTool } from '../src/index.ts'
import { contextOf } from './durable-world.ts'
import { callsOnce } from './model.ts'
import { storageOf, textOf } from './stored-runs.ts'

interface Call {
  readonly runId: string
  readonly toolCallId: string
  readonly args: Payment
}

const agentHost: Host = {
  name: 'a Mastra agent',
  open({ client, operation }) {
    const user = (context: { get(key: string): unknown }) => context.get('user') as string
    const pay = operationTool(client, { ...operation, user })

    function agentFor(storage: InMemoryStore, { args, toolCallId }: Call) {
      const { model, readBack } = callsOnce('pay', args, toolCallId)
      const agent = new Agent({ id: 'a', name: 'a', instructions: '', model, tools: { pay } })
      const mastra = new Mastra({ agents: { agent }, storage, logger: false })
      return { agent: mastra.getAgent('agent'), readBack }
    }

    return {
      async begin(args, { toolCallId, thread, user }) {
        const storage = new InMemoryStore()
        const call = { runId: thread, toolCallId, args }
        const { agent, readBack } = agentFor(storage, call)
        const requestContext = contextOf(user)
        const result = await agent.generate('go', { runId: thread, requestContext })
        if (result.finishReason !== 'suspended') return { outcome: readBack() }
        return { stored: await textOf(storage, call) }
      },
      async resume(stored, now) {
        const { storage, ...call } = await storageOf(stored, now)
        const { agent, readBack } = agentFor(storage, call)
        const options = { runId: call.runId, toolCallId: call.toolCallId }
        const requestContext = contextOf(now.user)
        const result = await agent.resumeGenerate({ go: 1 }, { ...options, requestContext })
        if (result.finishReason !== 'suspended') return { outcome: readBack() }
        return { stored: await textOf(storage, call) }
      },
      close: () => client.close(),
    }
  },
}

describeDurableRuns(agentHost, { runs: 5 })
