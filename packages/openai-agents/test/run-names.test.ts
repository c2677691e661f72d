import { createMemoryStore } from '@authsec/core/store'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type CallOptions, operationTool, settleApprovals } from '../src/index.ts'
import { inAnotherProcess, runner, type Session, scripted, setUp } from './support.ts'

type Bench = ReturnType<typeof setUp>

const keys = [{ kid: 'k1', key: crypto.getRandomValues(new Uint8Array(32)) }]
const show = (bench: Bench, more: CallOptions<Session> = {}) =>
  operationTool(bench.newClient(), {
    name: 'show',
    description: 'A record.',
    path: 'records/{id}',
    params: z.object({ id: z.string() }),
    approval: { message: 'Show {id}?', wait: 'suspend' },
    ...more,
  })

async function paused(bench: Bench, callId: string, more: CallOptions<Session> = {}) {
  const { agent, model } = scripted<Session>(
    [show(bench, more)],
    [[['show', { id: 'rec-0001' }, callId]]],
  )
  const { state } = await runner.run<typeof agent, Session>(agent, 'go', { context: {} })
  return { agent, model, state }
}

const ids = ['call_0', 'c1', '0', 'x'.repeat(600), '../1']

describe('runs that name their calls alike', () => {
  it.each(ids)('have a question each, and each executes its own call: %j', async (callId) => {
    const bench = setUp({ store: createMemoryStore() })
    const one = await paused(bench, callId)
    await settleApprovals(one.state)
    const two = await paused(bench, callId)
    await settleApprovals(two.state)
    expect(bench.questions()).toHaveLength(2)

    const [first, second] = bench.questions()
    bench.emulator.control.deny(second?.authReqId)
    bench.emulator.control.approve(first?.authReqId)
    for (const { agent, state } of [two, one]) {
      expect((await settleApprovals(state)).proceed).toBe(true)
      await runner.run(agent, state)
    }
    expect(bench.executed()).toEqual(['rec-0001'])
  })

  it.each(ids)(
    'carry on their own question elsewhere, also when its sealed text is lost: %j',
    async (callId) => {
      const bench = setUp({ approvals: { keys }, store: createMemoryStore() })
      const { state } = await paused(bench, callId)
      await settleApprovals(state)
      const next = scripted<Session>([show(bench)], [])
      const read = await inAnotherProcess(next.agent, state, (text) =>
        text.replace('"sealed"', '"x"'),
      )
      expect((await settleApprovals(read)).proceed).toBe(false)
      bench.emulator.control.approve()
      await settleApprovals(read)
      await runner.run(next.agent, read)
      expect([bench.executed(), bench.questions().length]).toEqual([['rec-0001'], 1])
    },
  )

  it('find one question where the program says that they are one conversation', async () => {
    const bench = setUp({ approvals: { keys } })
    for (let n = 0; n < 2; n++) {
      const { state } = await paused(bench, `call_${n}`, { thread: () => 'chat' })
      await settleApprovals(state)
    }
    expect(bench.questions()).toHaveLength(1)
  })

  it.each(['another run', 'x'.repeat(600), '', '\ud800'])(
    'are not named by a state that somebody edits: %j',
    async (name) => {
      const bench = setUp({ approvals: { keys } })
      const { state } = await paused(bench, 'call_0')
      await settleApprovals(state)
      const next = scripted<Session>([show(bench)], [])
      const edit = (text: string): string =>
        text.replace(/"run":"[\da-f-]{36}"/, `"run":${JSON.stringify(name)}`)
      expect(edit(JSON.stringify(state))).not.toBe(JSON.stringify(state))
      const read = await inAnotherProcess(next.agent, state, edit)
      bench.emulator.control.approve()
      expect((await settleApprovals(read)).proceed).toBe(true)
      await runner.run(next.agent, read)
      expect(bench.executed()).toEqual(['rec-0001'])
    },
  )
})
