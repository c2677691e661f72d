import { describe, expect, it } from 'vitest'
import { settleApprovals } from '../src/index.ts'
import { type Call, inAnotherProcess, readAbout, runner, scripted, setUp } from './support.ts'

const context = { user: 'ann' }
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
