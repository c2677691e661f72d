import { MemorySaver } from '@langchain/langgraph'
import { createAgent } from 'langchain'
import { describe, expect, it, vi } from 'vitest'
import { agent, go, interrupts, thread } from './support/agents.ts'
import {
  approveAll,
  approvedRead,
  executions,
  finish,
  model,
  outcomes,
  pushes,
  world,
} from './support/approvals.ts'

/** An agent without the middleware: its tool waits. */
function waiting(all: ReturnType<typeof world>, wait: 'block' | 'suspend' = 'block') {
  const tools = [approvedRead(all.client, { wait })]
  return createAgent({ model: model([{ id: 'c1' }]), tools })
}

const notice = (status: string) => ({
  type: 'authsec.approval',
  toolCallId: 'c1',
  approval: expect.objectContaining({ status }),
})

describe('a tool that waits for an approval', () => {
  it('shows in the custom stream where the question stands, at each change', async () => {
    const all = world()
    const seen: unknown[] = []
    const stream = await waiting(all).stream(go, { streamMode: 'custom' })
    const read = async () => {
      for await (const chunk of stream) seen.push(chunk)
    }
    await finish(all, read(), () => {
      if (seen.length > 0) approveAll(all.emulator)
    })
    expect(seen).toEqual([notice('pending'), notice('approved')])
  })

  it('dispatches the same as custom events', async () => {
    const all = world()
    const seen: unknown[] = []
    const handler = { handleCustomEvent: (name: string, data: unknown) => seen.push([name, data]) }
    const run = waiting(all).invoke(go, { callbacks: [handler as never] })
    await finish(all, run, () => {
      if (seen.length > 0) approveAll(all.emulator)
    })
    expect(seen).toEqual([
      ['authsec.approval', notice('pending')],
      ['authsec.approval', notice('approved')],
    ])
  })

  it('shows the question within 100 ms of the push', async () => {
    const all = world()
    const stream = await waiting(all).stream(go, { streamMode: 'custom' })
    const first = stream[Symbol.asyncIterator]().next()
    let pushedAt = Number.NaN
    const shown = first.then(() => performance.now())
    const timer = setInterval(() => {
      if (pushes(all.emulator) > 0 && Number.isNaN(pushedAt)) pushedAt = performance.now()
    }, 1)
    const shownAt = await shown
    clearInterval(timer)
    expect(shownAt - (Number.isNaN(pushedAt) ? shownAt : pushedAt)).toBeLessThan(100)
    all.emulator.control.deny()
    await finish(all, stream.cancel?.() ?? Promise.resolve())
  })

  it('is not disturbed by a listener that fails, and needs none', async () => {
    const all = world()
    // LangChain prints what a handler throws.
    vi.spyOn(console, 'error').mockReturnValue()
    const handler = {
      handleCustomEvent: () => {
        throw new Error('broken listener')
      },
    }
    const run = waiting(all).invoke(go, { callbacks: [handler as never] })
    const done = await finish(all, run, () => approveAll(all.emulator))
    expect(outcomes(done.messages)).toEqual({ c1: 'ok' })
    const outside = approvedRead(all.client, { wait: 'block' }).invoke({ id: 'rec-0002' })
    const content: unknown = await finish(all, outside, () => approveAll(all.emulator))
    expect(JSON.parse(String(content))).toMatchObject({ ok: true })
  })

  it('without the middleware tells the model under `suspend` that a person was asked', async () => {
    const all = world()
    const done = await waiting(all, 'suspend').invoke(go)
    expect(outcomes(done.messages)).toEqual({ c1: 'approval_pending' })
  })
})

describe('the approval middleware where a run cannot pause', () => {
  it.each(['block', 'suspend'] as const)(
    'waits inside the call without a checkpointer, under a rule with wait: %s',
    async (wait) => {
      const all = world()
      const tools = [approvedRead(all.client, { wait })]
      const one = agent({ client: all.client, tools, checkpointer: false })
      const done = await finish(all, one.invoke(go), () => approveAll(all.emulator))
      expect(outcomes(done.messages)).toEqual({ c1: 'ok' })
      expect([pushes(all.emulator), executions(all.emulator).length]).toEqual([1, 1])
    },
  )

  it('tells the model of a denial', async () => {
    const all = world()
    const one = agent({ client: all.client, checkpointer: false })
    const done = await finish(all, one.invoke(go), () => {
      if (all.emulator.control.approvals().some(({ status }) => status === 'pending'))
        all.emulator.control.deny()
    })
    expect(outcomes(done.messages)).toEqual({ c1: 'approval_denied' })
  })

  it('runs each of several calls once in version v1, and pauses for a single one', async () => {
    const all = world()
    const steps = [[{ id: 'c1' }, { id: 'c2', args: { id: 'rec-0002' } }]]
    const one = agent({ client: all.client, steps, version: 'v1' })
    const done = await finish(all, one.invoke(go, thread()), () => approveAll(all.emulator))
    expect(interrupts(done)).toEqual({})
    expect(outcomes(done.messages)).toEqual({ c1: 'ok', c2: 'ok' })
    expect(executions(all.emulator).sort()).toEqual(['rec-0001', 'rec-0002'])
    const checkpointer = new MemorySaver()
    const single = agent({ client: all.client, version: 'v1', checkpointer })
    expect(interrupts(await single.invoke(go, thread()))).toHaveProperty('c1')
    approveAll(all.emulator)
    await all.clock.advance(5_000)
    expect(outcomes((await single.invoke(null, thread())).messages)).toEqual({ c1: 'ok' })
  })

  it('waits in a tool that it was not told of', async () => {
    const all = world()
    const one = agent({ client: all.client, options: { tools: [] } })
    const done = await finish(all, one.invoke(go, thread()), () => approveAll(all.emulator))
    expect(outcomes(done.messages)).toEqual({ c1: 'ok' })
  })

  it('ends with the signal of the run, and frees the approver', async () => {
    const all = world({ approvals: { openPerApprover: 1 } })
    const stop = new AbortController()
    const run = agent({ client: all.client, checkpointer: false }).invoke(go, {
      signal: stop.signal,
    })
    while (pushes(all.emulator) === 0) await new Promise((resolve) => setTimeout(resolve, 2))
    stop.abort(new Error('stopped'))
    await expect(run).rejects.toThrow()
    const tool = approvedRead(all.client)
    const next = await tool.invoke({
      type: 'tool_call',
      id: 'x',
      name: tool.name,
      args: { id: 'rec-0003' },
    })
    expect(next.artifact).toMatchObject({ code: 'approval_pending' })
  })
})
