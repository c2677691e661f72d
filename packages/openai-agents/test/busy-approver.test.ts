import { anotherProcess } from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { operationTool, settleApprovals } from '../src/index.ts'
import { type Call, inAnotherProcess, readAbout, runner, scripted, setUp } from './support.ts'

const context = { user: 'ann' }
const keys = [{ kid: 'k1', key: crypto.getRandomValues(new Uint8Array(32)) }]
const show = (record: string): Call => ['show', { id: record }, 'c1']
type Bench = ReturnType<typeof setUp>

async function paused(bench: Bench, record: string, tools = bench.toolsOf()) {
  const { agent, model } = scripted(tools, [[show(record)]])
  const { state } = await runner.run(agent, 'go', { context })
  return { agent, model, state }
}

const WAITS = {
  proceed: false,
  waiting: [{ toolCallId: 'c1', toolName: 'show', approval: undefined }],
}

describe('a call whose approver may not be asked just now', () => {
  it('waits while the approver is busy with another run, and is asked and executed then', async () => {
    const bench = setUp({ approvals: { openPerApprover: 1 } })
    const one = await paused(bench, 'rec-0001')
    const two = await paused(bench, 'rec-0002')
    await settleApprovals(one.state)
    for (let look = 0; look < 3; look++) expect(await settleApprovals(two.state)).toEqual(WAITS)
    expect(bench.questions()).toHaveLength(1)

    bench.answer('approve', 'rec-0001')
    await settleApprovals(one.state)
    await runner.run(one.agent, one.state)
    expect((await settleApprovals(two.state)).waiting).toMatchObject([
      { approval: { status: 'pending' } },
    ])
    bench.answer('approve', 'rec-0002')
    expect((await settleApprovals(two.state)).proceed).toBe(true)
    await runner.run(two.agent, two.state)
    expect(bench.executed()).toEqual(['rec-0001', 'rec-0002'])
  })

  it('waits in a state that another process reads, too', async () => {
    const bench = setUp({ approvals: { openPerApprover: 1 } })
    const one = await paused(bench, 'rec-0001')
    await settleApprovals(one.state)
    const two = await paused(bench, 'rec-0002')
    await settleApprovals(two.state)
    const read = await inAnotherProcess(two.agent, two.state)
    expect(await settleApprovals(read)).toEqual(WAITS)
  })

  it('waits after a denial of another run, and is asked after the pause', async () => {
    const bench = setUp({ approvals: { pauseAfterDenialMs: 60_000 } })
    const one = await paused(bench, 'rec-0001')
    await settleApprovals(one.state)
    bench.answer('deny', 'rec-0001')
    await settleApprovals(one.state)
    const two = await paused(bench, 'rec-0002')
    expect(await settleApprovals(two.state)).toEqual(WAITS)
    await bench.clock.advance(60_001)
    expect((await settleApprovals(two.state)).waiting).toMatchObject([
      { approval: { status: 'pending' } },
    ])
  })

  it('waits while too many questions were not approved', async () => {
    const bench = setUp({ approvals: { unapprovedPerWindow: 1 } })
    const one = await paused(bench, 'rec-0001')
    await settleApprovals(one.state)
    bench.answer('deny', 'rec-0001')
    await settleApprovals(one.state)
    const two = await paused(bench, 'rec-0002')
    expect(await settleApprovals(two.state)).toEqual(WAITS)
  })

  it('is refused where nobody can be asked at all', async () => {
    const bench = setUp({ ciba: {} })
    const { agent, model, state } = await paused(bench, 'rec-0001')
    expect(await settleApprovals(state)).toEqual({ proceed: true, waiting: [] })
    if (state.getInterruptions().length > 0) await runner.run(agent, state)
    expect(readAbout(model, 'c1')).toContain('approval_required')
  })
})

describe('the calls of one step', () => {
  const calls = (records: readonly string[]): Call[] =>
    records.map((id, n): Call => ['show', { id }, `c${n}`])
  const asked = async (state: Parameters<typeof settleApprovals>[0]) =>
    (await settleApprovals(state)).waiting.map(({ approval }) => approval?.status)

  it.each([
    [1, ['pending', undefined, undefined]],
    [2, ['pending', 'pending', undefined]],
    [3, ['pending', 'pending', 'pending']],
  ])(
    'are asked together, as many as the approver may have open: %d',
    async (openPerApprover, ends) => {
      const bench = setUp({ approvals: { openPerApprover } })
      const { agent } = scripted(bench.toolsOf(), [calls(['rec-0001', 'rec-0002', 'rec-0003'])])
      const { state } = await runner.run(agent, 'go', { context })
      expect(await asked(state)).toEqual(ends)
      for (const id of ['rec-0001', 'rec-0002', 'rec-0003']) {
        bench.answer('approve', id)
        await settleApprovals(state)
      }
      expect((await settleApprovals(state)).proceed).toBe(true)
      await runner.run(agent, state)
      expect(bench.executed().toSorted()).toEqual(['rec-0001', 'rec-0002', 'rec-0003'])
    },
  )

  it('are asked one after another where they are the same, and each has an approval', async () => {
    for (const thread of [undefined, 'chat']) {
      const bench = setUp({ approvals: { openPerApprover: 5 } })
      const show = operationTool(bench.newClient(), {
        name: 'show',
        description: 'A record.',
        path: 'records/{id}',
        params: z.object({ id: z.string() }),
        thread: () => thread,
        approval: { message: 'Show {id}?', wait: 'suspend' },
      })
      const { agent } = scripted([show], [calls(['rec-0001', 'rec-0001', 'rec-0001'])])
      const { state } = await runner.run(agent, 'go')
      expect(await asked(state)).toEqual(['pending', undefined, undefined])
      for (let n = 0; n < 3; n++) {
        bench.answer('approve', 'rec-0001')
        await settleApprovals(state)
      }
      expect((await settleApprovals(state)).proceed).toBe(true)
      await runner.run(agent, state)
      expect([bench.executed().length, bench.questions().length]).toEqual([3, 3])
    }
  })

  it('wait in another process for what the first one has asked, whatever the limit', async () => {
    const bench = setUp({ approvals: { openPerApprover: 1, keys } })
    const { agent } = scripted(bench.toolsOf(), [calls(['rec-0001', 'rec-0002'])])
    const { state } = await runner.run(agent, 'go', { context })
    await settleApprovals(state)
    const next = scripted(bench.toolsOf(bench.newClient(anotherProcess(bench.clock))), [])
    const read = await inAnotherProcess(next.agent, state)
    expect(await asked(read)).toEqual(['pending', undefined])
    expect(bench.questions()).toHaveLength(1)
  })

  it('have 15 minutes each from their own approval to the execution', async () => {
    const records = [1, 2, 3, 4, 5].map((n) => `rec-000${n}`)
    for (const openPerApprover of [1, 5]) {
      const bench = setUp({ approvals: { openPerApprover } })
      const { agent, model } = scripted(bench.toolsOf(), [calls(records)])
      const { state } = await runner.run(agent, 'go', { context })
      await settleApprovals(state)
      for (const id of records) {
        // The approver takes four minutes for each look at the device.
        if (openPerApprover === 1 || id === 'rec-0001') await bench.clock.advance(4 * 60_000)
        bench.answer('approve', id)
        await settleApprovals(state)
      }
      await runner.run(agent, state)
      const isLate = readAbout(model, 'c0').includes('approval_expired')
      expect([isLate, bench.executed().length]).toEqual(
        openPerApprover === 1 ? [true, 4] : [false, 5],
      )
    }
  })
})
