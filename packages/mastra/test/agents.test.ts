import {
  type AgentName,
  agentNames,
  fastClock,
  recordOf,
  type TwoAgents,
  testEmulator,
  twoAgents,
  watch,
} from '@authsec-internal/test-kit'
import { Agent } from '@mastra/core/agent'
import { Mastra } from '@mastra/core/mastra'
import { RequestContext } from '@mastra/core/request-context'
import { InMemoryStore } from '@mastra/core/storage'
import { createTool } from '@mastra/core/tools'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import {
  AUTHSEC_CLIENT_KEY,
  authsecBeforeToolCall,
  type ClientOf,
  operationTool,
} from '../src/index.ts'
import { callsForEver, callsOnce } from './model.ts'

afterEach(() => vi.unstubAllEnvs())

const params = z.object({ id: z.string() })
const record = { name: 'get_record', description: 'A record.', path: 'records/{id}', params }

/** What the program put into the context: the name of an agent, which is stored, and never its client. */
const contextOf = (agent: unknown): RequestContext => new RequestContext([['agent', agent]])

const clientIn =
  ({ clientOf }: TwoAgents): ClientOf =>
  (context) =>
    clientOf(context.get('agent'))

const approvers = (name: AgentName) => ({
  ciba: { loginHint: `${name}@example.com` },
  clock: fastClock,
})
const users = agentNames.map((name) => `${name}@example.com`)

/** The two ways in which a request says who acts. */
const ways: [
  string,
  (agents: TwoAgents) => [ClientOf | undefined, (name: AgentName) => RequestContext],
][] = [
  ['a function', (agents) => [clientIn(agents), contextOf]],
  [
    'a client in the request context',
    ({ clients }) => [
      undefined,
      (name) => new RequestContext([[AUTHSEC_CLIENT_KEY, clients[name]]]),
    ],
  ],
]

describe.each(ways)('two agents with the same tools, by %s', (_way, of) => {
  it('make 200 calls in runs that overlap, each with its own token', async () => {
    await using agents = await twoAgents()
    const [clientOf, contextFor] = of(agents)
    const tools = { vault: operationTool(clientOf, record) }
    const runs = Array.from({ length: 20 }, (_, n) => agentNames[n % 2] as AgentName)
    await Promise.all(
      runs.map(async (name) => {
        const model = callsForEver('vault', { id: recordOf[name] })
        const agent = new Agent({ id: 'a', name: 'a', instructions: 'Go.', model, tools })
        const requestContext = contextFor(name)
        watch('steps', (await agent.generate('go', { requestContext, maxSteps: 10 })).steps)
      }),
    )
    const calls = await agents.vaultCalls()
    expect(calls).toHaveLength(200)
    expect(calls.filter(({ token, record }) => token !== record)).toEqual([])
    expect(calls.filter(({ token }) => token === 'one')).toHaveLength(100)
  })
})

describe('a call for which the function names nobody', () => {
  it.each([[undefined], ['third'], ['constructor']])(
    'sends nothing for %s, although request and environment have a client',
    async (name) => {
      await using agents = await twoAgents()
      await using ofProcess = await testEmulator()
      vi.stubEnv('AUTHSEC_BASE_URL', ofProcess.baseUrl)
      vi.stubEnv('AUTHSEC_AGENT_CLIENT_ID', ofProcess.clientId)
      vi.stubEnv('AUTHSEC_API_URL', ofProcess.vaultUrl)
      const { model, readBack } = callsOnce('vault', { id: 'rec-0001', agent: 'one' })
      const tools = { vault: operationTool(clientIn(agents), record) }
      const agent = new Agent({ id: 'a', name: 'a', instructions: '', model, tools })
      const requestContext = contextOf(name)
      requestContext.set(AUTHSEC_CLIENT_KEY, agents.clients.other)
      await agent.generate('go', { requestContext }).catch(() => undefined)
      expect(JSON.stringify(readBack())).not.toMatch(/"ok":true/)
      expect([await agents.vaultCalls(), ofProcess.requests]).toEqual([[], []])
    },
  )

  it('sends nothing outside of agents, where there is no context', async () => {
    await using agents = await twoAgents()
    const tool = operationTool(clientIn(agents), record)
    const call = tool.execute?.({ id: 'rec-0001' }, {} as never)
    await expect(call).rejects.toThrow(/function `client` of the tool returned is no client/)
    expect(await agents.vaultCalls()).toEqual([])
  })
})

/** As after a restart: another instance, with nothing but what a database keeps. */
async function halted(agents: TwoAgents) {
  const approval = { message: 'Show {id}?', wait: 'suspend' as const }
  const storage = new InMemoryStore()
  const start = () => {
    const { model, readBack } = callsOnce('vault', { id: 'rec-0001' })
    const tools = { vault: operationTool(clientIn(agents), { ...record, approval }) }
    const agent = new Agent({ id: 'a', name: 'a', instructions: '', model, tools })
    const mastra = new Mastra({ agents: { agent }, storage, logger: false })
    return { agent: mastra.getAgent('agent'), readBack }
  }
  const { runId } = await start().agent.generate('go', { requestContext: contextOf('one') })
  agents.emulator.control.approve()
  return { resumed: start(), runId: String(runId) }
}

describe('a call that is suspended and resumed from storage', () => {
  it.each([
    ['the agent that asked', 'one', ['one']],
    ['the other agent', 'other', []],
    ['nobody', undefined, []],
  ])('is executed by the agent that asked alone: resumed for %s', async (_who, name, expected) => {
    await using agents = await twoAgents(approvers, { users })
    const { resumed, runId } = await halted(agents)
    expect(agents.emulator.control.approvals()).toMatchObject([{ user: 'one@example.com' }])
    const requestContext = contextOf(name)
    await resumed.agent
      .resumeGenerate({}, { runId, toolCallId: 'c1', requestContext })
      .catch(() => undefined)
    expect((await agents.vaultCalls()).map(({ token }) => token)).toEqual(expected)
  })
})

it('a call that is resumed without a context is executed by the agent whose name was stored', async () => {
  await using agents = await twoAgents(approvers, { users })
  const { resumed, runId } = await halted(agents)
  await resumed.agent.resumeGenerate({}, { runId, toolCallId: 'c1' })
  expect((await agents.vaultCalls()).map(({ token }) => token)).toEqual(['one'])
})

describe('a hook with a function', () => {
  async function run(name: AgentName | undefined, agents: TwoAgents) {
    const ran: string[] = []
    const remove = createTool({
      id: 'remove',
      description: 'Removes a customer.',
      inputSchema: params,
      execute: async ({ id }) => ({ removed: ran.push(id) }),
    })
    const { model, readBack } = callsOnce('remove', { id: '42', agent: 'other' })
    const approvals = { remove: { message: 'Remove {id}?', timeoutMs: 60_000 } }
    const hooks = { beforeToolCall: authsecBeforeToolCall(clientIn(agents), { approvals }) }
    const tools = { remove }
    const agent = new Agent({ id: 'a', name: 'a', instructions: '', model, tools, hooks })
    await agent.generate('go', { requestContext: contextOf(name) }).catch(() => undefined)
    return { ran, readBack: JSON.stringify(readBack()) }
  }

  it.each(agentNames)('asks the approver of the agent of the request: %s', async (name) => {
    await using agents = await twoAgents(approvers, { users, approvals: 'approve' })
    expect((await run(name, agents)).ran).toEqual(['42'])
    const asked = agents.emulator.control.approvals()
    expect(asked.map(({ user }) => user)).toEqual([`${name}@example.com`])
  })

  it('lets no tool run for an agent whose delegation was revoked, and those of the other one', async () => {
    await using agents = await twoAgents(approvers, { users, approvals: 'approve' })
    agents.emulator.control.revoke()
    const { ran, readBack } = await run('one', agents)
    expect(ran).toEqual([])
    expect(readBack).toMatch(/no_active_delegation/)
    expect((await run('other', agents)).ran).toEqual(['42'])
  })

  it('lets no tool run when it names nobody', async () => {
    await using agents = await twoAgents(approvers, { users, approvals: 'approve' })
    expect((await run(undefined, agents)).ran).toEqual([])
    expect(agents.emulator.requests).toEqual([])
    const hook = authsecBeforeToolCall(clientIn(agents))
    const call = { toolName: 'remove', input: {}, context: { requestContext: contextOf('third') } }
    await expect(hook(call)).rejects.toThrow(/function `client` of authsecBeforeToolCall/)
  })
})
