import {
  Agent,
  type AgentOutputItem,
  applyPatchTool,
  hostedMcpTool,
  type RunToolApprovalItem,
  shellTool,
  type Tool,
  tool,
  toolNamespace,
} from '@openai/agents-core'
import { assistantMessage, functionCall, ScriptedModel } from '@openai/agents-core/testing'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { settleApprovals } from '../src/index.ts'
import { inAnotherProcess, readAbout, runner, type Session, setUp } from './support.ts'

const context: Session = { user: 'ann' }
const params = z.object({ id: z.string() })
const keys = [{ kid: 'k1', key: crypto.getRandomValues(new Uint8Array(32)) }]
type Item = AgentOutputItem

const calling = (tools: Tool<Session>[], call: Item) => {
  const model = new ScriptedModel([[call], [assistantMessage('over')]])
  return { model, agent: new Agent<Session>({ name: 'a', model, tools }) }
}

const theOne = (state: { getInterruptions(): RunToolApprovalItem[] }): RunToolApprovalItem => {
  const [item] = state.getInterruptions()
  if (!item) throw new Error('nothing was interrupted')
  return item
}

describe('what the program decides about a tool of a namespace', () => {
  const namespaces = ['vault', 'crm', 'a_b', 'bare']

  it.each(namespaces)(
    'is kept by settleApprovals: a rejection of an own tool in %s',
    async (name) => {
      for (const resumed of [false, true]) {
        const bench = setUp({ approvals: { keys } })
        const [show] = bench.toolsOf()
        const tools = toolNamespace({ name, description: 'N.', tools: [show as never] })
        const call = functionCall('show', { id: 'rec-0001' }, { callId: 'c1', namespace: name })
        const { agent, model } = calling(tools, call)
        const first = await runner.run<typeof agent, Session>(agent, 'go', { context })
        await settleApprovals(first.state)
        first.state.reject(theOne(first.state), { message: 'Not now.' })
        const state = resumed ? await inAnotherProcess(agent, first.state) : first.state
        bench.emulator.control.approve()
        expect(await settleApprovals(state)).toEqual({ proceed: true, waiting: [] })
        await runner.run(agent, state)
        expect(bench.executed()).toEqual([])
        expect(readAbout(model, 'c1')).toContain('Not now.')
      }
    },
  )

  it.each(namespaces)('lets the run proceed: an approval of a foreign tool in %s', async (name) => {
    const ran: string[] = []
    const foreign = tool<typeof params, Session>({
      name: 'show',
      description: 'S.',
      parameters: params,
      needsApproval: true,
      execute: ({ id }) => ran.push(id),
    })
    const tools = toolNamespace({ name, description: 'N.', tools: [foreign] })
    const call = functionCall('show', { id: '42' }, { callId: 'c1', namespace: name })
    const { agent } = calling([...tools], call)
    const { state } = await runner.run<typeof agent, Session>(agent, 'go', { context })
    expect((await settleApprovals(state)).proceed).toBe(false)
    state.approve(theOne(state))
    expect((await settleApprovals(state)).proceed).toBe(true)
    await runner.run(agent, state)
    expect(ran).toEqual(['42'])
  })

  it('is not that of another agent for a call of the same ID', async () => {
    const bench = setUp()
    const make = (name: string) => {
      const model = new ScriptedModel([
        [functionCall('show', { id: 'rec-0001' }, { callId: 'call_0' })],
        [assistantMessage('over')],
      ])
      const agent = new Agent<Session>({ name, model, tools: bench.toolsOf() })
      return agent.asTool({ toolName: name, toolDescription: 'Helps.' })
    }
    const model = new ScriptedModel([
      [
        functionCall('first', { input: 'x' }, { callId: 'o1' }),
        functionCall('second', { input: 'x' }, { callId: 'o2' }),
      ],
      [assistantMessage('over')],
    ])
    const agent = new Agent<Session>({
      name: 'outer',
      model,
      tools: [make('first'), make('second')],
    })
    const { state } = await runner.run<typeof agent, Session>(agent, 'go', { context })
    state.reject(theOne(state))
    expect((await settleApprovals(state)).waiting).toHaveLength(1)
    bench.emulator.control.approve()
    await settleApprovals(state)
    await runner.run(agent, state)
    expect(bench.executed()).toEqual(['rec-0001'])
  })
})

describe('an interruption that is no call of a function tool', () => {
  const shell = (ran: string[]) =>
    shellTool({
      needsApproval: true,
      shell: {
        async run() {
          ran.push('shell')
          return { output: [{ stdout: '', stderr: '', outcome: { type: 'exit', exitCode: 0 } }] }
        },
      },
    })
  const patch = (ran: string[]) => {
    const operate = async () => {
      ran.push('patch')
      return {}
    }
    const editor = { createFile: operate, updateFile: operate, deleteFile: operate }
    return applyPatchTool({ needsApproval: true, editor })
  }
  const mcp = () =>
    hostedMcpTool({
      serverLabel: 'docs',
      serverUrl: 'https://mcp.example.com',
      requireApproval: 'always',
    })
  const request = (name: string): Item => ({
    type: 'hosted_tool_call',
    id: 'h1',
    name: 'mcp_approval_request',
    status: 'in_progress',
    providerData: {
      type: 'mcp_approval_request',
      id: 'h1',
      server_label: 'docs',
      name,
      arguments: '{}',
    },
  })

  const kinds: [string, (ran: string[]) => Tool<Session>, Item][] = [
    [
      'a shell command',
      shell,
      { type: 'shell_call', callId: 's1', status: 'completed', action: { commands: ['ls'] } },
    ],
    [
      'a patch',
      patch,
      {
        type: 'apply_patch_call',
        callId: 'p1',
        status: 'completed',
        operation: { type: 'delete_file', path: 'x' },
      },
    ],
    ['a hosted MCP tool', mcp, request('search')],
    ['a hosted MCP tool with the name of an own one', mcp, request('show')],
  ]

  it.each(kinds)(
    'waits for the program, and the documented loop ends: %s',
    async (_what, make, call) => {
      const bench = setUp()
      const ran: string[] = []
      const { agent, model } = calling([...bench.toolsOf(), make(ran)], call)
      const { state } = await runner.run<typeof agent, Session>(agent, 'go', { context })
      expect(await settleApprovals(state)).toEqual({ proceed: false, waiting: [] })
      expect([ran, model.calls.length]).toEqual([[], 1])
    },
  )

  it.each(kinds)('proceeds when the program has decided: %s', async (_what, make, call) => {
    for (const decide of ['approve', 'reject'] as const) {
      const bench = setUp()
      const ran: string[] = []
      const { agent } = calling([...bench.toolsOf(), make(ran)], call)
      const { state } = await runner.run<typeof agent, Session>(agent, 'go', { context })
      state[decide](theOne(state))
      const read = await inAnotherProcess(agent, state)
      expect(await settleApprovals(read)).toEqual({ proceed: true, waiting: [] })
      const done = await runner.run(agent, read)
      expect(done.interruptions).toEqual([])
    }
  })

  it('stands beside a call of ours, and each is decided by itself', async () => {
    const bench = setUp()
    const model = new ScriptedModel([
      [functionCall('show', { id: 'rec-0001' }, { callId: 'c1' }), kinds[0]?.[2] ?? request('x')],
      [assistantMessage('over')],
    ])
    const ran: string[] = []
    const agent = new Agent<Session>({ name: 'a', model, tools: [...bench.toolsOf(), shell(ran)] })
    const { state } = await runner.run<typeof agent, Session>(agent, 'go', { context })
    expect(await settleApprovals(state)).toMatchObject({
      proceed: false,
      waiting: [{ toolCallId: 'c1' }],
    })
    bench.emulator.control.approve()
    expect(await settleApprovals(state)).toEqual({ proceed: false, waiting: [] })
    for (const item of state.getInterruptions()) if (item.name === 'shell') state.approve(item)
    expect((await settleApprovals(state)).proceed).toBe(true)
    await runner.run(agent, state)
    expect([bench.executed(), ran]).toEqual([['rec-0001'], ['shell']])
  })
})
