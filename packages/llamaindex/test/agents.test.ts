import {
  type AgentName,
  agentNames,
  fastClock,
  recordOf,
  rejection,
  testEmulator,
  thrown,
  twoAgents,
  watch,
} from '@authsec-internal/test-kit'
import { MockLLM } from '@llamaindex/core/llms/mock'
import { agent } from '@llamaindex/workflow'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import {
  AuthSecSecureReader,
  bindTools,
  type LlamaIndexTool,
  operationTool,
  secureFetchTool,
} from '../src/index.ts'

afterEach(() => vi.unstubAllEnvs())

const record = {
  name: 'get_record',
  description: 'A record.',
  path: 'records/{id}',
  params: z.object({ id: z.string() }),
}

/** A run of LlamaIndex's agent that makes the call in each of its steps. */
async function run(tools: LlamaIndexTool[], input: object, steps: number): Promise<void> {
  const llm = new MockLLM({ timeBetweenToken: 0 })
  let step = 0
  async function* answer(): AsyncGenerator<object> {
    step += 1
    const toolCall = [{ id: `c${step}`, name: 'get_record', input }]
    yield step > steps ? { delta: 'over', raw: {} } : { delta: '', raw: {}, options: { toolCall } }
  }
  Object.defineProperty(llm, 'chat', { value: async () => answer() })
  const events: unknown[] = []
  for await (const { data } of agent({ llm, tools }).runStream('go')) events.push(data)
  watch('events', events)
}

describe('two agents with the same tools', () => {
  it('make 200 calls in runs of the agent that overlap, each with its own token', async () => {
    await using agents = await twoAgents()
    const tools = [operationTool(undefined, record)]
    const runs = Array.from({ length: 20 }, (_, n) => agentNames[n % 2] as AgentName)
    await Promise.all(
      runs.map((name) => run(bindTools(tools, agents.clients[name]), { id: recordOf[name] }, 10)),
    )
    const calls = await agents.vaultCalls()
    expect(calls).toHaveLength(200)
    expect(calls.filter(({ token, record }) => token !== record)).toEqual([])
    expect(calls.filter(({ token }) => token === 'one')).toHaveLength(100)
  })

  it.each<[string, object]>([
    ['an argument of the name', { id: 'rec-0001', client: 'other' }],
    ['a context among the arguments', { id: 'rec-0001', context: { client: 'other' } }],
    ['options among the arguments', { id: 'rec-0001', options: { client: 'other' } }],
    ['a path', { id: '../records/rec-0001?client=other' }],
  ])('act as who they were bound to: %s changes nothing', async (_what, input) => {
    await using agents = await twoAgents()
    const tools = bindTools([operationTool(agents.clients.other, record)], agents.clients.one)
    await run(tools, input, 1)
    expect((await agents.vaultCalls()).map(({ token }) => token)).not.toContain('other')
  })

  it('ask the approver of their own agent, for the user of the request', async () => {
    const users = agentNames.map((name) => `${name}@example.com`)
    await using agents = await twoAgents(
      (name) => ({ ciba: { loginHint: `${name}@example.com` }, clock: fastClock }),
      { users, approvals: 'approve' },
    )
    const tools = [operationTool(undefined, { ...record, approval: { message: 'Show {id}?' } })]
    for (const name of agentNames) {
      const [tool] = bindTools(tools, agents.clients[name], { user: () => name })
      expect(JSON.parse(String(await tool?.call({ id: recordOf[name] })))).toMatchObject({
        ok: true,
      })
    }
    expect(agents.emulator.control.approvals().map(({ user }) => user)).toEqual(users)
    expect(await agents.vaultCalls()).toEqual([
      { token: 'one', record: 'one' },
      { token: 'other', record: 'other' },
    ])
  })
})

describe('tools that are bound to a client', () => {
  it('are new ones: those of before act as before', async () => {
    await using agents = await twoAgents()
    const { one, other } = agents.clients
    const [of_one] = [operationTool(one, record)]
    const again = bindTools(bindTools([of_one], other), one)
    const [of_other] = bindTools(again, other)
    await of_one.call({ id: 'rec-0001' })
    await of_other?.call({ id: 'rec-0002' })
    await again[0]?.call({ id: 'rec-0001' })
    expect((await agents.vaultCalls()).map(({ token }) => token)).toEqual(['one', 'other', 'one'])
    expect(of_other?.metadata).toEqual(of_one.metadata)
  })

  it('are bound through a copy, too', async () => {
    await using agents = await twoAgents()
    const [tool] = bindTools(
      [{ ...operationTool(agents.clients.one, record) }],
      agents.clients.other,
    )
    await tool?.call({ id: 'rec-0002' })
    expect((await agents.vaultCalls()).map(({ token }) => token)).toEqual(['other'])
  })

  const copies: [string, Partial<LlamaIndexTool['metadata']>][] = [
    ['a name', { name: 'get_incident' }],
    ['a description', { description: 'Only incidents, never customers.' }],
    ['a name and a description', { name: 'get_customer', description: 'Customers.' }],
    ['parameters', { parameters: { type: 'object', properties: { id: { enum: ['rec-0001'] } } } }],
  ]
  it.each(copies)('keep what a copy says for the model: %s', async (_what, own) => {
    await using agents = await twoAgents()
    for (const tool of [
      operationTool(undefined, record),
      secureFetchTool(agents.clients.one, { name: 'get_record' }),
    ]) {
      const copy = { ...tool, metadata: { ...tool.metadata, ...own } }
      const [bound] = bindTools([copy], agents.clients.other)
      const again = bindTools(bound ? [bound] : [], agents.clients.one)[0]
      for (const { metadata } of [bound, again].filter((one) => one !== undefined)) {
        expect(metadata).toMatchObject(own)
        expect(metadata).toEqual({
          ...bindTools([tool], agents.clients.other)[0]?.metadata,
          ...own,
        })
      }
      await again?.call({ id: 'rec-0001', endpoint: 'records/rec-0001' })
    }
    expect((await agents.vaultCalls()).map(({ token }) => token)).not.toContain('other')
  })

  it('say for the model what their new client allows, where nothing was changed', async () => {
    await using agents = await twoAgents((name, { vaultUrl }) => ({
      resources: [{ name: `vault-of-${name}`, baseUrl: vaultUrl }],
    }))
    const tool = secureFetchTool()
    const [bound] = bindTools([{ ...tool, metadata: { ...tool.metadata } }], agents.clients.one)
    expect(bound?.metadata).toEqual(secureFetchTool(agents.clients.one).metadata)
  })

  it('end with the signal of the request', async () => {
    await using agents = await twoAgents()
    const reason = new Error('stopped')
    const signal = AbortSignal.abort(reason)
    const [tool] = bindTools([operationTool(undefined, record)], agents.clients.one, { signal })
    expect(await rejection(tool?.call({ id: 'rec-0001' }) ?? Promise.resolve())).toBe(reason)
    expect(agents.emulator.requests).toEqual([])
  })

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['the ID of an agent', 'a594430b-2bd4-4792-9666-63162ee858c5'],
    ['half a client', { secureFetch: () => undefined }],
    ['a function', () => undefined],
  ])('are a ConfigError for %s, and never act as the process', async (_what, client) => {
    await using ofProcess = await testEmulator()
    vi.stubEnv('AUTHSEC_BASE_URL', ofProcess.baseUrl)
    vi.stubEnv('AUTHSEC_AGENT_CLIENT_ID', ofProcess.clientId)
    vi.stubEnv('AUTHSEC_API_URL', ofProcess.vaultUrl)
    const bind = () => bindTools([secureFetchTool()], client as never)
    expect(thrown(bind)).toMatchObject({ name: 'ConfigError', code: 'config_invalid' })
    const reader = new AuthSecSecureReader()
    expect(thrown(() => reader.bind(client as never))).toMatchObject({ name: 'ConfigError' })
    expect(ofProcess.requests).toEqual([])
  })

  it.each<[string, (tool: LlamaIndexTool) => unknown]>([
    ['of somebody else', () => ({ metadata: {}, call: async () => '' })],
    ['with another call', (tool) => ({ ...tool, call: (input: unknown) => tool.call(input) })],
    ['without a call', ({ metadata }) => ({ metadata })],
    ['that is none', () => undefined],
  ])('are refused for a tool %s, which would act as somebody else', async (_what, change) => {
    await using agents = await twoAgents()
    const tools = [secureFetchTool(), change(operationTool(agents.clients.one, record))]
    const error = thrown(() => bindTools(tools as never, agents.clients.other))
    expect(error.message).toMatch(/^The tool 2 of bindTools is none of this package/)
  })

  it.each([
    [{ usr: () => 'ann' }, /did you mean "user"/],
    [{ user: 'ann' }, /must be a function/],
    [{ signal: true }, /must be an AbortSignal/],
  ])('are refused with the options %#', async (options, message) => {
    await using agents = await twoAgents()
    const bind = () => bindTools([secureFetchTool()], agents.clients.one, options as never)
    expect(thrown(bind).message).toMatch(message)
  })

  it('are refused for a client whose resources do not allow the operation', async () => {
    await using agents = await twoAgents()
    const tools = [operationTool(undefined, { ...record, method: 'DELETE' })]
    expect(thrown(() => bindTools(tools, agents.clients.one)).message).toMatch(/is not allowed/)
  })
})

it('a reader that is bound to another client reads as that agent, and the first one as before', async () => {
  await using agents = await twoAgents()
  const { one, other } = agents.clients
  const reader = new AuthSecSecureReader({
    client: one,
    endpoint: 'records',
    permission: 'records:read',
    query: { limit: 5 },
    maxPages: 20,
  })
  const bound = reader.bind(other)
  const [mine, theirs] = await Promise.all([reader.loadData(), bound.loadData()])
  expect(theirs.map(({ id_ }) => id_)).toEqual(mine.map(({ id_ }) => id_))
  const tokens = (await agents.vaultCalls()).map(({ token }) => token)
  expect([new Set(tokens).size, tokens.filter((token) => token === 'one').length]).toEqual([
    2,
    tokens.length / 2,
  ])
  watch('a bound reader', bound)
})
