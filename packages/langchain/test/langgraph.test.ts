import type { ToolOutcome } from '@authsec/core/tool'
import { plantSecret, watch } from '@authsec-internal/test-kit'
import { Annotation, Command, END, MemorySaver, START, StateGraph } from '@langchain/langgraph'
import { describe, expect, it } from 'vitest'
import {
  type AgentIdentity,
  actNode,
  askNode,
  authsecNode,
  type StoredApproval,
  withAuthSec,
} from '../src/langgraph.ts'
import {
  approveAll,
  approvedRead,
  executions,
  finish,
  polls,
  pushes,
  stored,
  world,
} from './support/approvals.ts'

const State = Annotation.Root({
  id: Annotation<string>(),
  approval: Annotation<StoredApproval | null>(),
  outcome: Annotation<ToolOutcome>(),
})

const thread = { configurable: { thread_id: 't1' }, durability: 'sync' } as const
const input = { id: 'rec-0001' }

function graph(
  client: ReturnType<typeof world>['client'],
  checkpointer: MemorySaver | null = new MemorySaver(),
  more: {
    user?: (run: { context: { userId: string } }) => string
    wait?: 'block' | 'suspend'
  } = {},
) {
  const { wait = 'suspend', ...options } = more
  const call = {
    tool: approvedRead(client, { wait }),
    input: ({ id }: typeof State.State) => ({ id }),
    field: 'approval',
    output: 'outcome',
    ...options,
  } as const
  return new StateGraph(State)
    .addNode('ask', askNode(call))
    .addNode('act', actNode(call))
    .addEdge(START, 'ask')
    .addEdge('ask', 'act')
    .addEdge('act', END)
    .compile(checkpointer ? { checkpointer } : {})
}

describe('the two nodes of an approval', () => {
  it.each(['block', 'suspend'] as const)(
    'ask, pause and execute once, under a rule with wait: %s',
    async (wait) => {
      const { client, clock, emulator } = world()
      const one = graph(client, new MemorySaver(), { wait })
      const paused = await one.invoke(input, thread)
      expect(Object(paused).__interrupt__).toMatchObject([
        { value: { type: 'authsec.approval', approval: { status: 'pending' } } },
      ])
      for (const resume of [0, false, { approved: true }]) {
        await clock.advance(6_000)
        const before = polls(emulator)
        await one.invoke(new Command({ resume }), thread)
        expect(polls(emulator) - before).toBe(1)
      }
      expect(executions(emulator)).toEqual([])
      approveAll(emulator)
      await clock.advance(6_000)
      const done = await one.invoke(null, thread)
      expect(done).toMatchObject({
        approval: null,
        outcome: { ok: true, data: { id: 'rec-0001' } },
      })
      expect([pushes(emulator), executions(emulator).length]).toEqual([1, 1])
    },
  )

  it.each([
    ['denied', 'approval_denied'],
    ['expired', 'approval_expired'],
  ])('end with the outcome of a question that is %s', async (what, code) => {
    const { client, clock, emulator } = world()
    const one = graph(client)
    await one.invoke(input, thread)
    if (what === 'denied') emulator.control.deny()
    await clock.advance(what === 'denied' ? 5_000 : 400_000)
    expect(await one.invoke(null, thread)).toMatchObject({ outcome: { ok: false, code } })
    expect(executions(emulator)).toEqual([])
  })

  it('execute nothing after the input changed, or for another user', async () => {
    const user = ({ context }: { context: { userId: string } }) => context.userId
    const { client, clock, emulator } = world()
    const one = graph(client, new MemorySaver(), { user })
    const as = (userId: string, id: string) => ({
      ...{ configurable: { thread_id: id }, durability: 'sync' as const },
      context: { userId },
    })
    await one.invoke(input, as('alice', 'a') as never)
    await one.invoke({ id: 'rec-0002' }, as('alice', 'b') as never)
    approveAll(emulator)
    await clock.advance(5_000)
    const edited = new Command({ resume: 1, update: { id: 'rec-0003' } })
    const results = [
      await one.invoke(edited as never, as('alice', 'a') as never),
      await one.invoke(null, as('mallory', 'b') as never),
    ]
    for (const { outcome } of results) expect(outcome).toMatchObject({ code: 'approval_mismatch' })
    await expect(one.invoke(input, thread)).rejects.toThrow(/`user` must return/)
    expect(executions(emulator)).toEqual([])
  })

  it('wait without a checkpointer, and need nobody where no approval is required', async () => {
    const all = world()
    for (const wait of ['block', 'suspend'] as const) {
      const one = graph(all.client, null, { wait })
      const done = await finish(all, one.invoke({ id: `rec-000${wait.length - 3}` }), () => {
        approveAll(all.emulator)
      })
      expect(done.outcome).toMatchObject({ ok: true })
    }
    expect(pushes(all.emulator)).toBe(2)
  })

  it('keep no token and no auth_req_id in checkpoints', async () => {
    const { client, clock, emulator } = world()
    const checkpointer = new MemorySaver()
    const one = graph(client, checkpointer)
    await one.invoke(input, thread)
    plantSecret('an auth_req_id', emulator.control.approvals()[0]?.authReqId ?? '')
    approveAll(emulator)
    await clock.advance(5_000)
    await one.invoke(null, thread)
    const kept = stored(checkpointer)
    expect(kept.join('')).toContain('"sealed"')
    watch('checkpoints', kept)
  })

  it('refuse an unusable option', () => {
    const { client } = world()
    const good = { tool: approvedRead(client), input: () => ({}), field: 'a', output: 'b' }
    expect(() => askNode({ ...good, tool: {} })).toThrow(/not a tool of AuthSec/)
    expect(() => actNode({ ...good, feld: 'a' } as never)).toThrow(/feld/)
    expect(() => actNode({ ...good, input: undefined } as never)).toThrow(/input/)
    expect(() => askNode({ ...good, client: {} as never })).toThrow(/client/)
  })
})

describe('a node with the identity of the agent', () => {
  const Records = Annotation.Root({
    id: Annotation<string>(),
    identity: Annotation<AgentIdentity>(),
    record: Annotation<unknown>(),
  })

  it('calls the protected API without a token in state, configuration or checkpoints', async () => {
    const { client, emulator } = world()
    const token = await client.getDelegationToken()
    const checkpointer = new MemorySaver()
    const configs: unknown[] = []
    const load = withAuthSec(client, async (state: typeof Records.State, config, authsec) => {
      configs.push(config)
      watch('what a node gets', authsec)
      expect(authsec.client).toBe(client)
      return { record: (await authsec.secureFetch({ endpoint: `records/${state.id}` })).data }
    })
    const one = new StateGraph(Records)
      .addNode('auth', authsecNode(client, 'identity'))
      .addNode('load', load)
      .addEdge(START, 'auth')
      .addEdge('auth', 'load')
      .compile({ checkpointer })
    const shown: unknown[] = []
    for await (const chunk of await one.stream(input, {
      configurable: { thread_id: 't' },
      streamMode: ['values', 'updates', 'debug', 'tasks', 'checkpoints'],
    })) {
      shown.push(chunk)
    }
    const { values } = await one.getState({ configurable: { thread_id: 't' } })
    expect(values).toMatchObject({
      record: { id: 'rec-0001' },
      identity: {
        mode: 'live',
        subject: token.redactedSubject,
        permissions: ['metrics:read', 'records:read'],
        expiresAt: token.expiresAt.toISOString(),
        fingerprint: token.fingerprint,
      },
    })
    expect(executions(emulator)).toEqual(['rec-0001'])
    watch('state', values)
    watch('stream', shown)
    watch('configurations', configs)
    watch('checkpoints', stored(checkpointer))
  })

  it('does not run without a valid token', async () => {
    const { client, emulator } = world()
    emulator.control.revoke()
    let hasRun = false
    const node = withAuthSec(client, () => {
      hasRun = true
      return {}
    })
    const one = new StateGraph(Records).addNode('n', node).addEdge(START, 'n').compile()
    await expect(one.invoke(input)).rejects.toMatchObject({ code: 'no_active_delegation' })
    expect(hasRun).toBe(false)
  })

  it('ends with the signal of the run', async () => {
    const { client } = world()
    const signal = AbortSignal.abort(new Error('stopped'))
    const node = authsecNode(client, 'identity')
    await expect(node({}, { signal })).rejects.toThrow('stopped')
  })
})
