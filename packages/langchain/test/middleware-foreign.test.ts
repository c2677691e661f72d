import { tool } from '@langchain/core/tools'
import { MemorySaver } from '@langchain/langgraph'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { agent, go, interrupts, thread } from './support/agents.ts'
import { approveAll, finish, outcomes, pushes, world } from './support/approvals.ts'

function mail() {
  const sent: string[] = []
  const sendMail = tool(
    ({ to }) => {
      sent.push(to)
      return `sent to ${to}`
    },
    { name: 'send_mail', description: 'Sends.', schema: z.object({ to: z.string() }) },
  )
  const rules = { send_mail: { message: 'Send a mail to {to}?' } }
  const call = (id: string, to = 'a@example.com') => ({ id, name: 'send_mail', args: { to } })
  return { sent, tools: [sendMail], options: { rules }, call }
}

describe('a tool of somebody else under a rule', () => {
  it('pauses, and runs once with the approved arguments in another process', async () => {
    const { client, another, clock, emulator } = world()
    const { sent, tools, options, call } = mail()
    const checkpointer = new MemorySaver()
    const paused = await agent({
      ...{ client, checkpointer, tools, options },
      steps: [[call('c1')]],
    }).invoke(go, thread())
    expect(interrupts(paused)).toHaveProperty('c1')
    const next = agent({ client: another(), checkpointer, tools, options, steps: [] })
    await clock.advance(5_000)
    expect(interrupts(await next.invoke(null, thread()))).toHaveProperty('c1')
    emulator.control.approve()
    await clock.advance(10_000)
    const done = await next.invoke(null, thread())
    expect(outcomes(done.messages)).toEqual({ c1: 'sent to a@example.com' })
    expect([sent, pushes(emulator)]).toEqual([['a@example.com'], 1])
  })

  it('does not run after a denial', async () => {
    const { client, clock, emulator } = world()
    const { sent, tools, options, call } = mail()
    const one = agent({ client, tools, options, steps: [[call('c1')]] })
    await one.invoke(go, thread())
    emulator.control.deny()
    await clock.advance(5_000)
    const done = await one.invoke(null, thread())
    expect(outcomes(done.messages)).toEqual({ c1: 'approval_denied' })
    expect(sent).toEqual([])
  })

  it('waits inside the call without a checkpointer, and for several calls in version v1', async () => {
    for (const more of [{ checkpointer: false }, { version: 'v1' }] as const) {
      const all = world()
      const { client, emulator } = all
      const { sent, tools, options, call } = mail()
      const steps = [[call('c1'), call('c2', 'b@example.com')]]
      const run = agent({ client, tools, options, steps, ...more }).invoke(go, thread())
      const done = await finish(all, run, () => approveAll(emulator))
      expect(interrupts(done)).toEqual({})
      expect(sent.sort()).toEqual(['a@example.com', 'b@example.com'])
    }
  })

  it('cannot be approved by name: other arguments need their own approval', async () => {
    const { client, clock, emulator } = world()
    const { sent, tools, options, call } = mail()
    const one = agent({
      ...{ client, tools, options },
      steps: [[call('c1')], [call('c1', 'evil@example.com')]],
    })
    await one.invoke(go, thread())
    emulator.control.approve()
    await clock.advance(5_000)
    const second = await one.invoke(null, thread())
    expect(interrupts(second)).toHaveProperty('c1')
    expect(sent).toEqual(['a@example.com'])
  })
})
