import {
  type AgentName,
  agentNames,
  fastClock,
  recordOf,
  rejection,
  type TwoAgents,
  testEmulator,
  twoAgents,
  watch,
} from '@authsec-internal/test-kit'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import {
  authsecToolApproval,
  type ClientOf,
  createApprovals,
  operationTool,
  secureFetchTool,
} from '../src/index.ts'
import { contextFor } from './support/chat.ts'
import { scriptedModel } from './support/scripted-model.ts'
import { five, seven, six, type Version } from './support/sdks.ts'

afterEach(() => vi.unstubAllEnvs())

const params = z.object({ id: z.string() })
const record = { description: 'A record.', path: 'records/{id}', params }

/** What the program put into the context: the name of an agent, and never its client. */
const agentIn = (context: unknown): unknown => Object(context).agent

const clientIn =
  ({ clientOf }: TwoAgents): ClientOf =>
  (context) =>
    clientOf(agentIn(context))

/** A run of an agent that reads its record in each of its steps. */
async function run(version: Version, tools: object, agent: unknown, steps = 1): Promise<unknown> {
  const { sdk } = version
  const name = agentNames.find((one) => one === agent)
  const id = name ? recordOf[name] : 'rec-0003'
  const script = scriptedModel(
    version,
    Array.from({ length: steps }, (_, n) => [{ id: `c${n}`, tool: 'show', input: { id } }]),
  )
  const result = sdk.streamText({
    model: script.model,
    tools,
    prompt: 'go',
    stopWhen: sdk.stepCountIs(steps + 2),
    onError: () => undefined,
    ...contextFor(version, { agent }, tools),
  })
  const chunks: object[] = []
  for await (const chunk of result.toUIMessageStream({ onError: String })) chunks.push(chunk)
  watch('chunks', chunks)
  watch('prompts', script.prompts)
  return chunks
}

const INTERLEAVED = Array.from({ length: 20 }, (_, n) => agentNames[n % 2])

describe.each([five, six, seven])('two agents with the same tools in $name', (version) => {
  it('make 200 calls in runs that overlap, each with its own token', async () => {
    await using agents = await twoAgents()
    const tools = { show: operationTool(clientIn(agents), record) }
    await Promise.all(INTERLEAVED.map((agent) => run(version, tools, agent, 10)))
    const calls = await agents.vaultCalls()
    expect(calls).toHaveLength(200)
    expect(calls.filter(({ token, record }) => token !== record)).toEqual([])
    expect(calls.filter(({ token }) => token === 'one')).toHaveLength(100)
  })

  it.each<[string, unknown]>([
    ['nobody', undefined],
    ['an agent that the program does not know', 'third'],
    ['a name from a prototype', 'constructor'],
  ])('call nothing for %s, although the environment has a client', async (_who, agent) => {
    await using agents = await twoAgents()
    await using ofProcess = await testEmulator()
    vi.stubEnv('AUTHSEC_BASE_URL', ofProcess.baseUrl)
    vi.stubEnv('AUTHSEC_AGENT_CLIENT_ID', ofProcess.clientId)
    vi.stubEnv('AUTHSEC_API_URL', ofProcess.vaultUrl)
    const tools = { show: operationTool(clientIn(agents), record) }
    const chunks = await run(version, tools, agent)
    expect(JSON.stringify(chunks)).toMatch(/function `client` of the tool returned is no client/)
    expect([agents.emulator.requests, ofProcess.requests]).toEqual([[], []])
  })
})

describe('what the function `client` of a tool makes of a call', () => {
  const options = { toolCallId: 'c1', context: { agent: 'one' } }

  it.each<[string, () => unknown]>([
    ['returns nothing', () => undefined],
    ['returns the name of an agent', () => 'one'],
    ['returns half a client', () => ({ secureFetch: () => undefined })],
    ['returns a promise', async () => undefined],
    [
      'throws',
      () => {
        throw new Error('pool is empty')
      },
    ],
  ])('is a ConfigError when the function %s, and nothing is sent', async (_what, clientOf) => {
    await using agents = await twoAgents()
    const tool = secureFetchTool(clientOf as ClientOf)
    const call = async () => tool.execute({ endpoint: 'metrics' }, options)
    const error = await rejection(call())
    expect(error).toMatchObject({ name: 'ConfigError', code: 'config_invalid' })
    expect(error.message).not.toContain('pool is empty')
    expect(agents.emulator.requests).toEqual([])
  })

  it.each<[string, object]>([
    ['an argument of the name', { id: 'rec-0001', agent: 'other', client: 'other' }],
    ['a context among the arguments', { id: 'rec-0001', context: { agent: 'other' } }],
    ['options among the arguments', { id: 'rec-0001', experimental_context: { agent: 'other' } }],
    ['a prototype', JSON.parse('{"id":"rec-0001","__proto__":{"agent":"other"}}')],
    ['a path', { id: 'rec-0001?agent=other' }],
  ])('is not for the model to say: %s changes nothing', async (_what, input) => {
    await using agents = await twoAgents()
    const asked: unknown[] = []
    const tool = operationTool((context) => {
      asked.push(context)
      return clientIn(agents)(context)
    }, record)
    await tool.execute(input as never, options)
    expect(asked).toEqual([{ agent: 'one' }])
    expect((await agents.vaultCalls()).map(({ token }) => token)).not.toContain('other')
  })

  it('is a ConfigError in a call without any context', async () => {
    await using agents = await twoAgents()
    const tool = secureFetchTool(clientIn(agents))
    const error = await rejection((async () => tool.execute({ endpoint: 'metrics' }))())
    expect(error).toMatchObject({ name: 'ConfigError' })
  })

  it('is checked in the call: an operation that this agent’s resource does not allow is refused', async () => {
    await using agents = await twoAgents()
    const tool = operationTool(clientIn(agents), { ...record, method: 'DELETE' })
    const outcome = await tool.execute({ id: 'rec-0001' }, options)
    expect(outcome).toMatchObject({ ok: false, code: 'method_refused' })
    expect(await agents.vaultCalls()).toEqual([])
  })
})

describe('the policy for many agents', () => {
  const rules = { remove: { message: 'Remove {id}?', timeoutMs: 60_000 } }
  const approvers = (name: AgentName) => ({
    ciba: { loginHint: `${name}@example.com` },
    clock: fastClock,
  })
  const users = ['one@example.com', 'other@example.com']

  it.each(agentNames)('asks the approver of %s', async (agent) => {
    await using agents = await twoAgents(approvers, { users })
    agents.emulator.control.scriptApproval('approve')
    const policy = authsecToolApproval(clientIn(agents), rules)
    const toolCall = { toolName: 'remove', input: { id: '42' } }
    const answer = await policy({ toolCall, toolsContext: { remove: { agent } } })
    expect(answer).toEqual({ type: 'approved' })
    const asked = agents.emulator.control.approvals()
    expect(asked).toMatchObject([{ user: `${agent}@example.com`, status: 'consumed' }])
  })

  it.each([
    [{}],
    [{ toolsContext: { other: { agent: 'one' } } }],
    [{ toolsContext: { remove: {} } }],
  ])('asks nobody when the context names no agent: %j', async (more) => {
    await using agents = await twoAgents(approvers, { users })
    const policy = authsecToolApproval(clientIn(agents), rules)
    const input = { id: '42', agent: 'one', toolsContext: { remove: { agent: 'one' } } }
    const error = await rejection(policy({ toolCall: { toolName: 'remove', input }, ...more }))
    expect(error).toMatchObject({
      name: 'ConfigError',
      message: expect.stringContaining('authsecToolApproval'),
    })
    expect(agents.emulator.control.approvals()).toEqual([])
  })

  it.each<[string, object, 'GET' | 'POST']>([
    ['of its own', { approval: { message: 'Show {id}?' } }, 'GET'],
    ['of its agent’s resource', {}, 'POST'],
  ])('leaves the question to a tool with a rule %s', async (_whose, own, method) => {
    const vault = { methods: ['GET', 'POST'], approval: { message: 'Send {id}?' } }
    await using agents = await twoAgents(
      (name, { vaultUrl }) => ({
        ...approvers(name),
        resources: [{ name: 'vault', baseUrl: vaultUrl, ...vault }],
      }),
      { users },
    )
    const policy = authsecToolApproval(clientIn(agents), { show: { message: 'Policy: {id}?' } })
    const show = operationTool(clientIn(agents), { ...record, method, ...own })
    const toolCall = { toolName: 'show', input: { id: 'rec-0001' } }
    const toolsContext = { show: { agent: 'one' } }
    expect(await policy({ toolCall, tools: { show }, toolsContext })).toBeUndefined()
    expect(agents.emulator.control.approvals()).toEqual([])
  })

  it.each([[undefined], [{}], ['client'], [null]])(
    'and createApprovals are refused for %j in the place of a client',
    (given) => {
      const options = { user: 'u', chatId: 'c' }
      expect(() => authsecToolApproval(given as never, rules)).toThrow(/must be an AuthSec client/)
      expect(() => createApprovals(given as never, options)).toThrow(/must be an AuthSec client/)
    },
  )
})
