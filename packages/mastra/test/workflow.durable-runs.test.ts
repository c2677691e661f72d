import { describeDurableRuns, type Host } from '@authsec-internal/durable-runs'
import { Mastra } from '@mastra/core/mastra'
import { InMemoryStore } from '@mastra/core/storage'
import { createWorkflow } from '@mastra/core/workflows'
import { approvalSteps } from '../src/workflow.ts'
import { contextOf } from './durable-world.ts'
import { storageOf, textOf } from './stored-runs.ts'

const workflowHost: Host = {
  name: 'a Mastra workflow',
  open({ client, operation }) {
    const user = (context: { get(key: string): unknown }) => context.get('user') as string
    const { ask, act } = approvalSteps(client, { ...operation, user })

    function workflowIn(storage: InMemoryStore) {
      const { inputSchema } = ask
      const workflow = createWorkflow({ id: 'pay', inputSchema, outputSchema: act.outputSchema })
      workflow.then(ask).then(act).commit()
      return new Mastra({ workflows: { workflow }, storage, logger: false }).getWorkflow('workflow')
    }

    return {
      async begin(args, { toolCallId, thread, user }) {
        const storage = new InMemoryStore()
        const run = await workflowIn(storage).createRun({ runId: thread })
        const result = await run.start({ inputData: args, requestContext: contextOf(user) })
        if (result.status !== 'suspended') return { outcome: result }
        return { stored: await textOf(storage, { runId: thread, toolCallId, args }) }
      },
      async resume(stored, now) {
        const { storage, ...call } = await storageOf(stored, now)
        const run = await workflowIn(storage).createRun({ runId: call.runId })
        const requestContext = contextOf(now.user)
        const result = await run.resume({ resumeData: {}, requestContext })
        if (result.status !== 'suspended') return { outcome: result }
        return { stored: await textOf(storage, call) }
      },
      close: () => client.close(),
    }
  },
}

describeDurableRuns(workflowHost, { runs: 5 })
