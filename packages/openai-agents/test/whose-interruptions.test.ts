import { Agent, type Tool, tool, toolNamespace } from '@openai/agents-core'
import { assistantMessage, functionCall, ScriptedModel } from '@openai/agents-core/testing'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { operationTool, settleApprovals } from '../src/index.ts'
import { inAnotherProcess, readAbout, runner, type Session, setUp } from './support.ts'

type Bench = ReturnType<typeof setUp>
type SessionTool = Tool<Session>
type AnyTool = Parameters<typeof toolNamespace>[0]['tools'][number]

const context: Session = { user: 'ann' }
const params = z.object({ id: z.string() })
const rule = { message: 'Show {id}?', wait: 'suspend' } as const
const keys = [{ kid: 'k1', key: crypto.getRandomValues(new Uint8Array(32)) }]

const ownTool = (bench: Bench, more: { approval?: typeof rule } = {}) =>
  operationTool(bench.newClient(), {
    name: 'show',
    description: 'A record.',
    path: 'records/{id}',
    params,
    ...more,
  })

/** A tool of the program, with an approval of the program. */
function foreignTool(ran: string[]) {
  return tool<typeof params, Session>({
    name: 'show',
    description: 'Shows.',
    parameters: params,
    needsApproval: true,
    execute: ({ id }) => {
      ran.push(id)
      return 'shown'
    },
  })
}

const inNamespace = <One extends AnyTool>(name: string, one: One): One[] =>
  toolNamespace({ name, description: 'A namespace.', tools: [one] })

/** An agent whose model calls `show` once. */
function calling(tools: SessionTool[], namespace?: string, name = 'show') {
  const call = functionCall(
    name,
    { id: 'rec-0001' },
    { callId: 'c1', ...(namespace && { namespace }) },
  )
  const model = new ScriptedModel([[call], [assistantMessage('over')]])
  return { model, agent: new Agent<Session>({ name: 'a', model, tools }) }
}

interface Case {
  readonly what: string
  readonly toolsOf: (bench: Bench, ran: string[]) => SessionTool[]
  /** How the model names the tool. */
  readonly namespace?: string
  readonly name?: string
}

const ofTheProgram: Case[] = [
  {
    what: 'a copy of an own tool with a policy of the program',
    toolsOf: (bench) => [{ ...ownTool(bench), needsApproval: async () => true }],
  },
  {
    what: 'a copy with a policy of the program around ours',
    toolsOf(bench) {
      const own = ownTool(bench, { approval: rule })
      const needsApproval: typeof own.needsApproval = (...given) => own.needsApproval(...given)
      return [{ ...own, needsApproval }]
    },
  },
  {
    what: 'an own tool that got a policy by Object.create',
    toolsOf: (bench) => [
      Object.create(ownTool(bench), {
        needsApproval: { value: async () => true, enumerable: true },
      }),
    ],
  },
  {
    what: 'a foreign tool of a namespace beside an own tool of the same name',
    toolsOf: (bench, ran) => [ownTool(bench), ...inNamespace('crm', foreignTool(ran))],
    namespace: 'crm',
  },
  {
    what: 'a foreign tool of a namespace that the model names in one text',
    toolsOf: (bench, ran) => [ownTool(bench), ...inNamespace('crm', foreignTool(ran))],
    name: 'crm.show',
  },
  {
    what: 'a foreign tool beside an own one of a namespace',
    toolsOf: (bench, ran) => [...inNamespace('vault', ownTool(bench)), foreignTool(ran)],
  },
  {
    what: 'a foreign tool beside an own one that is disabled',
    toolsOf: (bench, ran) => [
      { ...ownTool(bench), isEnabled: async () => false },
      foreignTool(ran),
    ],
  },
  {
    what: 'a foreign tool after an own one, both enabled',
    toolsOf: (bench, ran) => [ownTool(bench, { approval: rule }), foreignTool(ran)],
  },
]

describe('an interruption that the program made', () => {
  it.each(ofTheProgram)('is left to it: $what', async ({ toolsOf, namespace, name }) => {
    for (const resumed of [false, true]) {
      const bench = setUp({ approvals: { keys } })
      const ran: string[] = []
      const tools = toolsOf(bench, ran)
      const { agent, model } = calling(tools, namespace, name)
      const { state } = await runner.run<typeof agent, Session>(agent, 'go', { context })
      expect(state.getInterruptions()).toHaveLength(1)
      const read = resumed ? await inAnotherProcess(agent, state) : state
      expect(await settleApprovals(read)).toEqual({ proceed: false, waiting: [] })
      await runner.run(agent, read)
      expect([bench.executed(), ran, bench.questions(), model.calls.length]).toEqual([
        [],
        [],
        [],
        1,
      ])
    }
  })

  it('is left to it in an agent that is a tool of another', async () => {
    const bench = setUp()
    const ran: string[] = []
    const inner = calling([ownTool(bench, { approval: rule }), foreignTool(ran)])
    const helper = inner.agent.asTool({ toolName: 'helper', toolDescription: 'Helps.' })
    const model = new ScriptedModel([
      [functionCall('helper', { input: 'x' }, { callId: 'o1' })],
      [assistantMessage('over')],
    ])
    const outer = new Agent<Session>({ name: 'outer', model, tools: [helper] })
    const { state } = await runner.run<typeof outer, Session>(outer, 'go', { context })
    expect(await settleApprovals(state)).toEqual({ proceed: false, waiting: [] })
    await runner.run(outer, state)
    expect([bench.executed(), ran, bench.questions()]).toEqual([[], [], []])
  })

  it('is over when the program agrees, where no rule of ours applies', async () => {
    const bench = setUp()
    const { agent, model } = calling([{ ...ownTool(bench), needsApproval: async () => true }])
    const { state } = await runner.run<typeof agent, Session>(agent, 'go', { context })
    for (const item of state.getInterruptions()) state.approve(item)
    expect(await settleApprovals(state)).toEqual({ proceed: true, waiting: [] })
    await runner.run(agent, state)
    expect([bench.executed(), bench.questions()]).toEqual([['rec-0001'], []])
    expect(readAbout(model, 'c1')).toMatch(/\\"ok\\":true/)
  })
})

describe('a rule of ours and a policy of the program on one tool', () => {
  const both = async (bench: Bench) => {
    const own = ownTool(bench, { approval: rule })
    const { agent, model } = calling([{ ...own, needsApproval: async () => true }])
    const { state } = await runner.run<typeof agent, Session>(agent, 'go', { context })
    return { agent, model, state }
  }

  it('let the call run when the program and the approver agree', async () => {
    const bench = setUp()
    const { agent, state } = await both(bench)
    expect(await settleApprovals(state)).toEqual({ proceed: false, waiting: [] })
    for (const item of state.getInterruptions()) state.approve(item)
    expect(await settleApprovals(state)).toMatchObject({
      proceed: false,
      waiting: [{ toolCallId: 'c1', approval: { status: 'pending' } }],
    })
    bench.emulator.control.approve()
    expect(await settleApprovals(state)).toEqual({ proceed: true, waiting: [] })
    await runner.run(agent, state)
    expect([bench.executed(), bench.questions().length]).toEqual([['rec-0001'], 1])
  })

  it.each(['the program alone', 'the approver, whom the program overrules'])(
    'keep the call back after a yes of %s',
    async (who) => {
      const bench = setUp()
      const { agent, state } = await both(bench)
      const [item] = state.getInterruptions()
      if (!item) throw new Error('nothing was interrupted')
      state.approve(item)
      await settleApprovals(state)
      if (who === 'the program alone') bench.emulator.control.deny()
      else {
        bench.emulator.control.approve()
        state.reject(item)
      }
      expect(await settleApprovals(state)).toEqual({ proceed: true, waiting: [] })
      await runner.run(agent, state)
      expect(bench.executed()).toEqual([])
    },
  )
})

describe('an interruption of our own policy', () => {
  const ours: Case[] = [
    {
      what: 'beside a foreign tool of a namespace',
      toolsOf: (bench, ran) => [
        ownTool(bench, { approval: rule }),
        ...inNamespace('crm', foreignTool(ran)),
      ],
    },
    {
      what: 'in a namespace of its own, beside a foreign tool',
      toolsOf: (bench, ran) => [
        ...inNamespace('vault', ownTool(bench, { approval: rule })),
        foreignTool(ran),
      ],
      namespace: 'vault',
    },
    {
      what: 'beside a foreign tool that is disabled',
      toolsOf: (bench, ran) => [
        ownTool(bench, { approval: rule }),
        { ...foreignTool(ran), isEnabled: async () => false },
      ],
    },
    { what: 'of a copy', toolsOf: (bench) => [{ ...ownTool(bench, { approval: rule }) }] },
  ]

  it.each(ours)('is settled by AuthSec: $what', async ({ toolsOf, namespace }) => {
    for (const resumed of [false, true]) {
      const bench = setUp({ approvals: { keys } })
      const { agent } = calling(toolsOf(bench, []), namespace)
      const { state } = await runner.run<typeof agent, Session>(agent, 'go', { context })
      expect((await settleApprovals(state)).waiting).toMatchObject([{ toolCallId: 'c1' }])
      const read = resumed ? await inAnotherProcess(agent, state) : state
      bench.emulator.control.approve()
      expect(await settleApprovals(read)).toEqual({ proceed: true, waiting: [] })
      await runner.run(agent, read)
      expect([bench.executed(), bench.questions().length]).toEqual([['rec-0001'], 1])
    }
  })
})
