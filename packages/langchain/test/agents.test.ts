import { type AgentName, agentNames, recordOf, twoAgents, watch } from '@authsec-internal/test-kit'
import { AIMessage } from '@langchain/core/messages'
import { fakeModel } from '@langchain/core/testing'
import { createAgent } from 'langchain'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { AuthSecCallbackHandler, operationTool } from '../src/index.ts'

afterEach(() => vi.unstubAllEnvs())

const record = {
  name: 'get_record',
  description: 'A record.',
  path: 'records/{id}',
  params: z.object({ id: z.string() }),
}

const input = { messages: [{ role: 'user' as const, content: 'go' }] }

/** A model that makes the call in each of its steps. */
function modelOf(args: Record<string, unknown>, steps: number) {
  const model = fakeModel()
  for (let n = 0; n < steps; n++) {
    model.respondWithTools([{ name: 'get_record', args, id: `c${n}` }])
  }
  return model.respond(new AIMessage('over'))
}

describe('two agents with the same tools', () => {
  it('make 200 calls in runs that overlap, each with its own token', async () => {
    await using agents = await twoAgents()
    const tools = [operationTool(undefined, record)]
    const runs = Array.from({ length: 20 }, (_, n) => agentNames[n % 2] as AgentName)
    await Promise.all(
      runs.map(async (name) => {
        const agent = createAgent({ model: modelOf({ id: recordOf[name] }, 10), tools })
        const callbacks = [new AuthSecCallbackHandler(agents.clients[name])]
        const { messages } = await agent.invoke(input, { callbacks, recursionLimit: 60 })
        watch('messages', messages)
      }),
    )
    const calls = await agents.vaultCalls()
    expect(calls).toHaveLength(200)
    expect(calls.filter(({ token, record }) => token !== record)).toEqual([])
    expect(calls.filter(({ token }) => token === 'one')).toHaveLength(100)
  })

  it.each<[string, Record<string, unknown>]>([
    ['an argument of the name', { id: 'rec-0001', client: 'other' }],
    ['callbacks among the arguments', { id: 'rec-0001', callbacks: [{ client: 'other' }] }],
    ['a configuration among the arguments', { id: 'rec-0001', configurable: { client: 'other' } }],
    ['a path', { id: 'rec-0001?client=other' }],
  ])('act as the agent of their run: %s changes nothing', async (_what, args) => {
    await using agents = await twoAgents()
    const agent = createAgent({
      model: modelOf(args, 1),
      tools: [operationTool(undefined, record)],
    })
    const callbacks = [new AuthSecCallbackHandler(agents.clients.one)]
    await agent.invoke(input, { callbacks })
    expect((await agents.vaultCalls()).map(({ token }) => token)).not.toContain('other')
  })

  it('call nothing in a run without a handler, where the process has no client', async () => {
    await using agents = await twoAgents()
    vi.stubEnv('AUTHSEC_MODE', 'live')
    const tool = operationTool(undefined, record)
    await expect(tool.invoke({ id: 'rec-0001' })).rejects.toMatchObject({ name: 'ConfigError' })
    expect(await agents.vaultCalls()).toEqual([])
  })
})
