import type { ToolOutcome } from '@authsec/core/tool'
import { type Context, service } from '@restatedev/restate-sdk'
import { type Agent, chooseCall } from './agent.ts'
import { durableCall, type Persistence } from './durable-call.ts'

/** Sent by your own backend: it knows who is signed in. */
export interface Task {
  readonly user: string
  readonly text: string
}

/** The agent as Restate calls it. */
export function createService(agent: Agent, persistence: Persistence) {
  return service({
    name: 'agent',
    handlers: {
      async run(ctx: Context, { user, text }: Task): Promise<ToolOutcome> {
        // In the journal, so that no other worker asks the model again and gets other arguments.
        const input = await ctx.run('choose', () => chooseCall(text))
        return durableCall(ctx, agent, { ...persistence, input, user })
      },
    },
  })
}

export type AgentService = ReturnType<typeof createService>
