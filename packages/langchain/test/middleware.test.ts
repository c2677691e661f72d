import { tool } from '@langchain/core/tools'
import { Command, MemorySaver } from '@langchain/langgraph'
import { humanInTheLoopMiddleware, toolRetryMiddleware } from 'langchain'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { authsecApproval } from '../src/middleware.ts'
import { agent, go, interrupts, thread } from './support/agents.ts'
import {
  approvedRead,
  executions,
  outcomes,
  polls,
  pushes,
  SECOND,
  world,
} from './support/approvals.ts'

/** One call that needs nobody. */
const free = tool(() => 'free', { name: 'free', description: 'Free.', schema: z.object({}) })

describe('an agent with the approval middleware', () => {
  it('pauses with the public view, and runs the approved call when it is resumed', async () => {
    const { client, clock, emulator } = world()
    const one = agent({ client })
    const paused = await one.invoke(go, thread())
    expect(interrupts(paused)).toMatchObject({
      c1: { status: 'pending', approver: 'a***@example.com' },
    })
    expect(executions(emulator)).toEqual([])
    await clock.advance(5_000)
    emulator.control.approve()
    const done = await one.invoke(null, thread())
    expect(outcomes(done.messages)).toEqual({ c1: 'ok' })
    expect(executions(emulator)).toEqual(['rec-0001'])
    expect(pushes(emulator)).toBe(1)
  })

  it.each([
    [0],
    [false],
    [''],
    [{}],
    [{ approved: true }],
    ['yes'],
    [{ decisions: [{ type: 'approve' }] }],
  ])('takes the resume value %j for no decision', async (resume) => {
    const { client, clock, emulator } = world()
    const one = agent({ client })
    await one.invoke(go, thread())
    for (let time = 0; time < 4; time++) {
      await clock.advance(6_000)
      const before = polls(emulator)
      const again = await one.invoke(new Command({ resume }), thread())
      expect(interrupts(again)).toMatchObject({ c1: { status: 'pending' } })
      expect(polls(emulator) - before).toBe(1)
    }
    expect(executions(emulator)).toEqual([])
    emulator.control.approve()
    await clock.advance(6_000)
    const done = await one.invoke(new Command({ resume }), thread())
    expect(outcomes(done.messages)).toEqual({ c1: 'ok' })
    expect([pushes(emulator), executions(emulator).length]).toEqual([1, 1])
  })

  it('ends one step of three calls as each should: approved, denied and free', async () => {
    const { client, clock, emulator } = world()
    const read = approvedRead(client, {
      approver: ({ values }) => (values['id'] === 'rec-0002' ? SECOND : 'approver@example.com'),
    })
    const calls = [
      { id: 'c1', args: { id: 'rec-0001' } },
      { id: 'c2', args: {}, name: 'free' },
      { id: 'c3', args: { id: 'rec-0002' } },
    ]
    const one = agent({ client, steps: [calls], tools: [read, free] })
    const paused = await one.invoke(go, thread())
    expect(Object.keys(interrupts(paused)).sort()).toEqual(['c1', 'c3'])
    await clock.advance(5_000)
    const [first, second] = emulator.control.approvals()
    emulator.control.approve(first?.authReqId)
    const half = await one.invoke(null, thread())
    expect(executions(emulator)).toEqual(['rec-0001'])
    expect(Object.keys(interrupts(half))).toEqual(['c3'])
    emulator.control.deny(second?.authReqId)
    await clock.advance(5_000)
    const done = await one.invoke(null, thread())
    expect(outcomes(done.messages)).toEqual({ c1: 'ok', c2: 'free', c3: 'approval_denied' })
    expect(executions(emulator)).toEqual(['rec-0001'])
    expect(done.messages.at(-1)?.text).toBe('over')
  })

  it('tells the model of a question that expired', async () => {
    const { client, clock, emulator } = world()
    const one = agent({ client })
    await one.invoke(go, thread())
    await clock.advance(400_000)
    const done = await one.invoke(null, thread())
    expect(outcomes(done.messages)).toEqual({ c1: 'approval_expired' })
    expect(executions(emulator)).toEqual([])
  })

  it('stays paused while AuthSec gives no answer', async () => {
    const { client, clock, emulator } = world()
    const one = agent({ client })
    await one.invoke(go, thread())
    await clock.advance(5_000)
    emulator.control.approve()
    emulator.control.failNext({ kind: 'status', status: 500 }, { path: /\/ciba\/token$/ })
    const again = await one.invoke(null, thread())
    expect(interrupts(again)).toHaveProperty('c1')
    await clock.advance(20_000)
    const done = await one.invoke(null, thread())
    expect(outcomes(done.messages)).toEqual({ c1: 'ok' })
  })

  it('asks anew about a later call with the same ID and other arguments', async () => {
    const { client, clock, emulator } = world()
    const one = agent({
      client,
      steps: [[{ id: 'c1' }], [{ id: 'c1', args: { id: 'rec-0002' } }]],
    })
    await one.invoke(go, thread())
    await clock.advance(5_000)
    emulator.control.approve()
    const second = await one.invoke(null, thread())
    expect(interrupts(second)).toHaveProperty('c1')
    expect([pushes(emulator), executions(emulator)]).toEqual([2, ['rec-0001']])
    await clock.advance(5_000)
    emulator.control.approve()
    await one.invoke(null, thread())
    expect(executions(emulator)).toEqual(['rec-0001', 'rec-0002'])
  })

  it('asks anew about a second call with the same arguments after the first was used', async () => {
    const { client, clock, emulator } = world()
    const one = agent({ client, steps: [[{ id: 'c1' }], [{ id: 'c2' }]] })
    await one.invoke(go, thread())
    await clock.advance(5_000)
    emulator.control.approve()
    const second = await one.invoke(null, thread())
    expect(interrupts(second)).toHaveProperty('c2')
    expect([pushes(emulator), executions(emulator).length]).toEqual([2, 1])
  })

  it('finds the open question when the model repeats the call after a new message, in another process', async () => {
    const { client, another, clock, emulator } = world()
    const checkpointer = new MemorySaver()
    await agent({ client, checkpointer }).invoke(go, thread())
    const next = agent({ client: another(), checkpointer, steps: [[{ id: 'n9' }]] })
    const again = await next.invoke(go, thread())
    expect(interrupts(again)).toHaveProperty('n9')
    expect(pushes(emulator)).toBe(1)
    await clock.advance(5_000)
    emulator.control.approve()
    const done = await next.invoke(null, thread())
    expect(outcomes(done.messages)).toMatchObject({ n9: 'ok' })
    expect([pushes(emulator), executions(emulator).length]).toEqual([1, 1])
  })

  it('gives up a question that the model left, so that its approver can be asked something else', async () => {
    const { client, emulator } = world({ approvals: { openPerApprover: 1 } })
    const steps = [[{ id: 'c1' }], [{ id: 'c2', args: { id: 'rec-0002' } }]]
    const one = agent({ client, steps })
    await one.invoke(go, thread())
    const second = await one.invoke(go, thread())
    expect(interrupts(second)).toHaveProperty('c2')
    expect(pushes(emulator)).toBe(2)
  })

  it('refuses at once a second question to an approver who has one, and the model may repeat it', async () => {
    const { client, clock, emulator } = world({ approvals: { openPerApprover: 1 } })
    const later = { args: { id: 'rec-0002' } }
    const steps = [[{ id: 'c1' }, { id: 'c2', ...later }], [{ id: 'c3', ...later }]]
    const one = agent({ client, steps })
    await one.invoke(go, thread())
    await clock.advance(5_000)
    emulator.control.approve()
    const second = await one.invoke(null, thread())
    expect(outcomes(second.messages)).toEqual({ c1: 'ok', c2: 'approval_rate_limited' })
    await clock.advance(5_000)
    emulator.control.approve()
    const done = await one.invoke(null, thread())
    expect(outcomes(done.messages)).toMatchObject({ c3: 'ok' })
    expect(executions(emulator)).toEqual(['rec-0001', 'rec-0002'])
  })

  it('asks about the arguments that a person edited, when it is first', async () => {
    const { client, clock, emulator } = world()
    const hitl = humanInTheLoopMiddleware({ interruptOn: { get_record: true } } as never)
    const one = agent({ client, middleware: [hitl] })
    await one.invoke(go, thread())
    expect(pushes(emulator)).toBe(0)
    const editedAction = { name: 'get_record', args: { id: 'rec-0002' } }
    const resume = { decisions: [{ type: 'edit', editedAction }] }
    const paused = await one.invoke(new Command({ resume }), thread())
    expect(interrupts(paused)).toMatchObject({
      c1: { message: expect.stringContaining('rec-0002') },
    })
    await clock.advance(5_000)
    emulator.control.approve()
    await one.invoke(null, thread())
    expect(executions(emulator)).toEqual(['rec-0002'])
  })

  it('pauses and runs once with the retries of LangChain inside', async () => {
    const { client, clock, emulator } = world()
    const one = agent({ client, middleware: [toolRetryMiddleware({ maxRetries: 2 })] })
    const paused = await one.invoke(go, thread())
    expect(interrupts(paused)).toHaveProperty('c1')
    await clock.advance(5_000)
    emulator.control.approve()
    const done = await one.invoke(null, thread())
    expect(outcomes(done.messages)).toEqual({ c1: 'ok' })
    expect([pushes(emulator), executions(emulator).length]).toEqual([1, 1])
  })

  it('leaves it to the model to handle an error of another tool', async () => {
    const { client } = world()
    const broken = tool(
      () => {
        throw new Error('broken')
      },
      { name: 'broken', description: 'Fails.', schema: z.object({}) },
    )
    const steps = [[{ id: 'c1', name: 'broken', args: {} }]]
    const done = await agent({ client, steps, tools: [broken] }).invoke(go, thread())
    expect(outcomes(done.messages)['c1']).toMatch(/^Error: broken\n Please fix/)
  })

  it('needs no approval for a call that its rule does not cover', async () => {
    const { client, emulator } = world()
    const tools = [approvedRead(client, { when: () => false })]
    const done = await agent({ client, tools }).invoke(go, thread())
    expect(outcomes(done.messages)).toEqual({ c1: 'ok' })
    expect(pushes(emulator)).toBe(0)
  })

  it('refuses an unusable option', () => {
    const { client } = world()
    expect(() => authsecApproval({} as never)).toThrow(/client/)
    expect(() => authsecApproval(client, { tool: [] } as never)).toThrow(/tool/)
    expect(() => authsecApproval(client, { user: 'x' } as never)).toThrow(/user/)
    expect(() => authsecApproval(client, { rules: { x: { mesage: 'x' } } } as never)).toThrow(/mes/)
  })
})
