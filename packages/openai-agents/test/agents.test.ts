import {
  type AgentName,
  agentNames,
  createFakeClock,
  recordOf,
  type TwoAgents,
  testEmulator,
  twoAgents,
} from '@authsec-internal/test-kit'
import { type Agent, RunContext, RunState } from '@openai/agents-core'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { operationTool, settleApprovals } from '../src/index.ts'
import { type Call, inAnotherProcess, readAbout, runner, scripted } from './support.ts'

afterEach(() => vi.unstubAllEnvs())

/** What the program put into the context: the name of an agent, and never its client. */
interface Acting {
  readonly agent?: string | undefined
}

const key = { kid: 'k1', key: Uint8Array.from({ length: 32 }, (_, n) => n * 7 + 1) }
const approverOf = (name: AgentName): string => `${name}@example.com`
const record = {
  description: 'A record.',
  path: 'records/{id}',
  params: z.object({ id: z.string() }),
}

const showFor = (
  { clientOf }: TwoAgents,
  more: { approval?: { message: string; wait: 'suspend' } } = {},
) =>
  operationTool(({ context }: RunContext<Acting>) => clientOf(context.agent), {
    name: 'show',
    ...record,
    ...more,
  })

describe('two agents with the same tools', () => {
  it('make 200 calls in runs that overlap, each with its own token', async () => {
    await using agents = await twoAgents()
    const tools = [showFor(agents)]
    const runs = Array.from({ length: 20 }, (_, n) => agentNames[n % 2] as AgentName)
    await Promise.all(
      runs.map(async (name) => {
        const steps = Array.from({ length: 10 }, (_, n): Call[] => [
          ['show', { id: recordOf[name] }, `call_${n}`],
        ])
        const { agent } = scripted<Acting>(tools, steps)
        const done = await runner.run<typeof agent, Acting>(agent, 'go', {
          context: { agent: name },
          maxTurns: 12,
        })
        expect(done.finalOutput).toBe('over')
      }),
    )
    const calls = await agents.vaultCalls()
    expect(calls).toHaveLength(200)
    expect(calls.filter(({ token, record: whose }) => token !== whose)).toEqual([])
    expect(calls.filter(({ token }) => token === 'one')).toHaveLength(100)
  })

  it.each<[string, string | undefined]>([
    ['nobody', undefined],
    ['an agent that the program does not know', 'third'],
    ['a name from a prototype', 'constructor'],
  ])('call nothing for %s, although the environment has a client', async (_who, name) => {
    await using agents = await twoAgents()
    await using ofProcess = await testEmulator()
    vi.stubEnv('AUTHSEC_BASE_URL', ofProcess.baseUrl)
    vi.stubEnv('AUTHSEC_AGENT_CLIENT_ID', ofProcess.clientId)
    vi.stubEnv('AUTHSEC_API_URL', ofProcess.vaultUrl)
    const { agent } = scripted<Acting>([showFor(agents)], [[['show', { id: 'rec-0001' }, 'c1']]])
    const running = runner.run<typeof agent, Acting>(agent, 'go', { context: { agent: name } })
    await expect(running).rejects.toThrow(/function `client` of the tool returned is no client/)
    expect([agents.emulator.requests, ofProcess.requests]).toEqual([[], []])
  })

  it.each<[string, object]>([
    ['an argument of the name', { id: 'rec-0001', agent: 'other', client: 'other' }],
    ['a context among the arguments', { id: 'rec-0001', context: { agent: 'other' } }],
    ['a prototype', JSON.parse('{"id":"rec-0001","__proto__":{"agent":"other"}}')],
    ['a path', { id: 'rec-0001?agent=other' }],
  ])('act as who the program names: %s changes nothing', async (_what, input) => {
    await using agents = await twoAgents()
    const { agent } = scripted<Acting>([showFor(agents)], [[['show', input, 'c1']]])
    await runner.run<typeof agent, Acting>(agent, 'go', { context: { agent: 'one' } })
    expect((await agents.vaultCalls()).map(({ token }) => token)).not.toContain('other')
  })
})

/** The same keys: what is sealed for one agent can be decrypted by the other. */
async function paused() {
  const clock = createFakeClock()
  const agents = await twoAgents(
    (name) => ({
      clock,
      ciba: { loginHint: approverOf(name) },
      approvals: { keys: [key], pauseAfterDenialMs: 0 },
    }),
    { users: agentNames.map(approverOf), clock },
  )
  const makeTool = () => showFor(agents, { approval: { message: 'Show {id}?', wait: 'suspend' } })
  const { agent } = scripted<Acting>([makeTool()], [[['show', { id: 'rec-0001' }, 'c1']]])
  const { state } = await runner.run<typeof agent, Acting>(agent, 'go', {
    context: { agent: 'one' },
  })
  await settleApprovals(state)
  return { agents, makeTool, state }
}

type State = RunState<Acting, Agent<Acting>>

describe('a call that was asked about for one agent', () => {
  const ways: [string, (state: State, next: Agent<Acting>) => Promise<State>][] = [
    [
      'in a state that somebody edited',
      (state, next) =>
        inAnotherProcess(next, state, (text) =>
          text.replaceAll('"agent":"one"', '"agent":"other"'),
        ),
    ],
    [
      'in a context that was replaced',
      async (state, next) => {
        const context = new RunContext<Acting>({ agent: 'other' })
        return RunState.fromStringWithContext(next, JSON.stringify(state), context, {
          contextStrategy: 'replace',
        })
      },
    ],
    [
      'in the memory of the same run',
      async (state) => {
        Object.assign(state._context, { context: { agent: 'other' } })
        return state
      },
    ],
  ]

  it.each(ways)('is not carried on by another: %s', async (_what, takeOver) => {
    for (const collectedBefore of [false, true]) {
      for (const approvedByHolder of [false, true]) {
        const { agents, makeTool, state } = await paused()
        agents.emulator.control.approve()
        if (collectedBefore) expect((await settleApprovals(state)).proceed).toBe(true)
        const next = scripted<Acting>([makeTool()], [])
        const taken = await takeOver(state, next.agent)
        if (approvedByHolder) for (const item of taken.getInterruptions()) taken.approve(item)
        await settleApprovals(taken)
        await runner.run(next.agent, taken)
        expect(await agents.vaultCalls()).toEqual([])
        expect(readAbout(next.model, 'c1')).not.toContain('\\"ok\\":true')
        await agents[Symbol.asyncDispose]()
      }
    }
  })

  it('is carried on by the one that asked', async () => {
    const { agents, makeTool, state } = await paused()
    const next = scripted<Acting>([makeTool()], [])
    const read = await inAnotherProcess(next.agent, state)
    agents.emulator.control.approve()
    expect((await settleApprovals(read)).proceed).toBe(true)
    await runner.run(next.agent, read)
    expect(await agents.vaultCalls()).toEqual([{ token: 'one', record: 'one' }])
    expect(agents.emulator.control.approvals().map(({ user }) => user)).toEqual(['one@example.com'])
    await agents[Symbol.asyncDispose]()
  })
})
