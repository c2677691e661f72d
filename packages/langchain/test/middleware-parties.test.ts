import { randomBytes } from 'node:crypto'
import type { AuthSecStore } from '@authsec/core'
import { Command, MemorySaver } from '@langchain/langgraph'
import { describe, expect, it } from 'vitest'
import { agent, go, interrupts, thread } from './support/agents.ts'
import { executions, outcomes, polls, pushes, world } from './support/approvals.ts'

const user = ({ context }: { context: { userId: string } }) => context.userId
const as = (userId: string) => ({ ...thread(), context: { userId } })
const options = { user }

/** What processes share, in the memory of one. */
function store(): AuthSecStore {
  const values = new Map<string, string>()
  return {
    get: async (key) => values.get(key),
    set: async (key, value) => void values.set(key, value),
    delete: async (key) => void values.delete(key),
    claim: async (id) => !values.has(id) && values.set(id, 'claimed').size > 0,
  }
}

const key = (kid: string) => ({ kid, key: randomBytes(32).toString('base64url') })

describe('a paused run', () => {
  it('is refused to another user, whose resume does not collect the answer', async () => {
    const { client, clock, emulator } = world()
    const one = agent({ client, options })
    await one.invoke(go, as('alice'))
    await clock.advance(5_000)
    emulator.control.approve()
    const before = polls(emulator)
    const done = await one.invoke(null, as('mallory'))
    expect(outcomes(done.messages)).toEqual({ c1: 'approval_mismatch' })
    expect(polls(emulator)).toBe(before)
    expect(executions(emulator)).toEqual([])
  })

  it.each([
    ['no context', {}],
    ['an empty context', { context: {} }],
    ['an empty name', { context: { userId: ' ' } }],
  ])('stays paused when it is resumed with %s, and then goes on', async (_what, given) => {
    const { client, clock, emulator } = world()
    const one = agent({ client, options })
    await one.invoke(go, as('alice'))
    await clock.advance(5_000)
    emulator.control.approve()
    await expect(one.invoke(null, { ...thread(), ...given } as never)).rejects.toMatchObject({
      message: expect.stringMatching(/^`user` must return/),
    })
    const done = await one.invoke(null, as('alice'))
    expect(outcomes(done.messages)).toEqual({ c1: 'ok' })
    expect([pushes(emulator), executions(emulator).length]).toEqual([1, 1])
  })

  it('keeps its question when it is resumed with another context of the same user', async () => {
    const { client, clock, emulator } = world()
    const one = agent({ client, options })
    await one.invoke(go, as('alice'))
    await clock.advance(5_000)
    emulator.control.approve()
    const context = { userId: 'alice', theme: 'dark' }
    const done = await one.invoke(new Command({ resume: 1 }), { ...thread(), context })
    expect(outcomes(done.messages)).toEqual({ c1: 'ok' })
  })

  it('executes once when two processes with a store resume it at once', async () => {
    const keys = [key('a')]
    const { another, clock, emulator } = world({ approvals: { keys }, store: store() })
    const checkpointer = new MemorySaver()
    await agent({ client: another(), checkpointer }).invoke(go, thread())
    const processes = [another(), another()].map((client) =>
      agent({ client, checkpointer, steps: [] }),
    )
    await clock.advance(5_000)
    emulator.control.approve()
    await Promise.all(processes.map((one) => one.invoke(null, thread())))
    expect([pushes(emulator), executions(emulator).length]).toEqual([1, 1])
  })

  it('executes nothing again from an older checkpoint', async () => {
    const { client, clock, emulator } = world()
    const one = agent({ client })
    await one.invoke(go, thread())
    const paused = await one.graph.getState(thread())
    await clock.advance(5_000)
    emulator.control.approve()
    await one.invoke(null, thread())
    const again = await agent({
      client,
      checkpointer: one.checkpointer as never,
      steps: [],
    }).invoke(null, { configurable: paused.config.configurable as never })
    expect(Object.values(outcomes(again.messages))).not.toContain('ok')
    expect(executions(emulator)).toEqual(['rec-0001'])
  })

  it('is carried on by a process with the key, and refused by one without', async () => {
    const [first, second] = [key('first'), key('second')]
    const { another, clock, emulator } = world()
    const checkpointer = new MemorySaver()
    const client = another({ approvals: { keys: [first] } })
    await agent({ client, checkpointer }).invoke(go, thread())
    await agent({ client, checkpointer }).invoke(go, thread('t2'))
    await clock.advance(5_000)
    emulator.control.approve()
    const stranger = another({ approvals: { keys: [second] } })
    const refused = await agent({ client: stranger, checkpointer, steps: [] }).invoke(
      null,
      thread('t2'),
    )
    expect(outcomes(refused.messages)).toEqual({ c1: 'approval_invalid' })
    const rotated = another({ approvals: { keys: [second, first] } })
    emulator.control.approve(emulator.control.approvals()[0]?.authReqId)
    const done = await agent({ client: rotated, checkpointer, steps: [] }).invoke(null, thread())
    expect(outcomes(done.messages)).toEqual({ c1: 'ok' })
    expect(executions(emulator)).toEqual(['rec-0001'])
  })

  it.each<[string, (sealed: string) => unknown]>([
    ['nothing', () => ({})],
    ['another text', () => ({ sealed: 'eyJhbGciOiJkaXIifQ..a.b.c', approval: {} })],
    ['a cut text', (sealed) => ({ sealed: sealed.slice(0, -4), approval: {} })],
    ['no text', () => ({ sealed: true, approval: {} })],
  ])('executes nothing after somebody put %s into the state', async (_what, alter) => {
    const { client, clock, emulator } = world()
    const one = agent({ client, steps: [[{ id: 'c1' }], [{ id: 'c2', args: { id: 'rec-0002' } }]] })
    await one.invoke(go, thread())
    const state = await one.graph.getState(thread())
    const [asked]: { stored: { sealed: string } }[] = Object.values(state.values._authsecApprovals)
    const stored = alter(asked?.stored.sealed ?? '')
    const update = { _authsecApprovals: { c1: { call: 'x', tool: 'x', stored } } }
    await clock.advance(5_000)
    await one
      .invoke(new Command({ resume: true, update: update as never }), thread())
      .catch(() => undefined)
    expect(executions(emulator)).toEqual([])
  })

  it('does not apply a decision of one conversation to another one', async () => {
    const { client, clock, emulator } = world()
    const one = agent({ client })
    await one.invoke(go, thread('t1'))
    await clock.advance(5_000)
    emulator.control.approve()
    const other = await agent({ client }).invoke(go, thread('t2'))
    expect(interrupts(other)).toHaveProperty('c1')
    expect([pushes(emulator), executions(emulator).length]).toEqual([2, 0])
  })
})

it('a stranger who resumes a run does not take the question from who asked', async () => {
  const { client, clock, emulator } = world()
  const one = agent({ client, options, steps: [[{ id: 'c1' }], [{ id: 'c2' }]] })
  await one.invoke(go, as('alice'))
  await clock.advance(5_000)
  emulator.control.approve()
  const refused = await one.invoke(null, as('mallory'))
  expect(outcomes(refused.messages)).toEqual({ c1: 'approval_mismatch' })
  const again = agent({
    ...{ client, options, checkpointer: one.checkpointer as never },
    steps: [[{ id: 'c3' }]],
  })
  const done = await again.invoke(go, as('alice'))
  expect(outcomes(done.messages)).toMatchObject({ c3: 'ok' })
  expect(executions(emulator)).toEqual(['rec-0001'])
})
