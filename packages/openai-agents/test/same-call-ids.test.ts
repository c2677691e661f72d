import { Agent, type Tool } from '@openai/agents-core'
import { assistantMessage, functionCall, ScriptedModel } from '@openai/agents-core/testing'
import { describe, expect, it } from 'vitest'
import { settleApprovals } from '../src/index.ts'
import { inAnotherProcess, runner, type Session, setUp } from './support.ts'

const context: Session = { user: 'ann' }
const keys = [{ kid: 'k1', key: crypto.getRandomValues(new Uint8Array(32)) }]

/** An agent that uses others as its tools, whose models name their calls by ordinals: all have the ID `call_0`. */
function outerOf(toolsOf: () => Tool<Session>[], records: readonly string[], isNew = true) {
  const helpers = records.map((id, n) => {
    const call = functionCall('show', { id }, { callId: 'call_0' })
    const model = new ScriptedModel([...(isNew ? [[call]] : []), [assistantMessage('over')]])
    const agent = new Agent<Session>({ name: `helper${n}`, model, tools: toolsOf() })
    return agent.asTool({ toolName: `helper${n}`, toolDescription: 'Helps.' })
  })
  const calls = records.map((_id, n) =>
    functionCall(`helper${n}`, { input: 'x' }, { callId: `o${n}` }),
  )
  const model = new ScriptedModel([...(isNew ? [calls] : []), [assistantMessage('over')]])
  return new Agent<Session>({ name: 'outer', model, tools: helpers })
}

describe('agents of one run whose calls have the same ID', () => {
  const kinds: [string, string[], 'one tool' | 'a tool each'][] = [
    ['two, with a tool each', ['rec-0001', 'rec-0002'], 'a tool each'],
    ['two, with one tool', ['rec-0001', 'rec-0002'], 'one tool'],
    ['three, with one tool', ['rec-0001', 'rec-0002', 'rec-0003'], 'one tool'],
    ['two that make the same call, with one tool', ['rec-0001', 'rec-0001'], 'one tool'],
    ['two that make the same call, with a tool each', ['rec-0001', 'rec-0001'], 'a tool each'],
  ]

  it.each(kinds)('have an approval each: %s', async (_what, records, whose) => {
    for (const resumed of [false, true]) {
      const bench = setUp({ approvals: { keys } })
      const shared = bench.toolsOf()
      const toolsOf = () => (whose === 'one tool' ? shared : bench.toolsOf())
      const agent = outerOf(toolsOf, records)
      const { state: first } = await runner.run<typeof agent, Session>(agent, 'go', { context })
      await settleApprovals(first)
      const next = resumed ? outerOf(toolsOf, records, false) : agent
      const state = resumed ? await inAnotherProcess(next, first) : first
      for (const _record of records) {
        for (const { status, authReqId } of bench.questions()) {
          if (status === 'pending') bench.emulator.control.approve(authReqId)
        }
        await settleApprovals(state)
      }
      expect((await settleApprovals(state)).proceed).toBe(true)
      await runner.run(next, state)
      expect(bench.executed().toSorted()).toEqual(records)
      expect(bench.questions()).toHaveLength(records.length)
    }
  })

  it('are answered each by its own answer', async () => {
    const bench = setUp({ approvals: { keys } })
    const agent = outerOf(bench.toolsOf, ['rec-0001', 'rec-0002'])
    const { state } = await runner.run<typeof agent, Session>(agent, 'go', { context })
    await settleApprovals(state)
    bench.answer('deny', 'rec-0001')
    await settleApprovals(state)
    bench.answer('approve', 'rec-0002')
    expect((await settleApprovals(state)).proceed).toBe(true)
    await runner.run(agent, state)
    expect(bench.executed()).toEqual(['rec-0002'])
  })
})
