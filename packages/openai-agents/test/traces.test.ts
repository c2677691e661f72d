import { testClient, testEmulator, watch } from '@authsec-internal/test-kit'
import {
  getGlobalTraceProvider,
  Runner,
  type Span,
  type SpanData,
  setTraceProcessors,
  setTracingDisabled,
  type Trace,
} from '@openai/agents-core'
import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { authsecToolApproval, operationTool, settleApprovals } from '../src/index.ts'
import { scripted, setUp } from './support.ts'

afterEach(() => {
  setTraceProcessors([])
  setTracingDisabled(true)
})

/** Records everything that a processor of traces is given, at the start and at the end. */
function recordTraces(): unknown[] {
  const seen: unknown[] = []
  const record = async (one: Trace | Span<SpanData>): Promise<void> => {
    seen.push(structuredClone(one.toJSON()))
  }
  const nothing = async (): Promise<void> => undefined
  setTracingDisabled(false)
  setTraceProcessors([
    {
      onTraceStart: record,
      onTraceEnd: record,
      onSpanStart: record,
      onSpanEnd: record,
      shutdown: nothing,
      forceFlush: nothing,
    },
  ])
  return seen
}

async function traced(runner: Runner, work: (runner: Runner) => Promise<unknown>) {
  const seen = recordTraces()
  await work(runner)
  await getGlobalTraceProvider().forceFlush()
  for (const one of seen) watch('a trace', one)
  return JSON.stringify(seen)
}

const record = {
  name: 'show',
  description: 'A record.',
  path: 'records/{id}',
  params: z.object({ id: z.string() }),
}

describe('the traces of a run, to which the SDK adds inputs and outputs of tools', () => {
  it('hold the result of a call, and no token, client ID or question', async () => {
    await using emulator = await testEmulator()
    const text = await traced(new Runner(), (runner) => {
      const tools = [operationTool(testClient(emulator), record)]
      return runner.run(scripted(tools, [[['show', { id: 'rec-0001' }, 'c1']]]).agent, 'go')
    })
    expect(text).toContain('rec-0001')
    expect(text).toContain('\\"ok\\":true')
  })

  it('hold no sealed question of a run that is paused, carried on, and ended', async () => {
    const bench = setUp()
    const text = await traced(new Runner(), async (runner) => {
      const { agent } = scripted(bench.toolsOf(), [[['show', { id: 'rec-0001' }, 'c1']]])
      const { state } = await runner.run(agent, 'go', { context: {} })
      await settleApprovals(state)
      bench.questions()
      bench.emulator.control.approve()
      await settleApprovals(state)
      expect(JSON.stringify(state)).toContain('"sealed":"eyJ')
      await runner.run(agent, state)
    })
    expect(text).toContain('\\"ok\\":true')
    expect(text).not.toMatch(/sealed|eyJ/)
  })

  it('hold nothing of a question that a guardrail asks but its outcome', async () => {
    const bench = setUp()
    const client = bench.newClient()
    const guardrail = authsecToolApproval(client, {
      mail: { message: 'Mail {to}?', timeoutMs: 1 },
    })
    const mail = { ...operationTool(client, record), name: 'mail', invoke: async () => 'sent' }
    const text = await traced(new Runner(), async (runner) => {
      const tools = [{ ...mail, inputGuardrails: [guardrail] }]
      const { agent } = scripted(tools, [[['mail', { to: 'ann' }, 'c1']]])
      const run = runner.run(agent, 'go')
      await expect.poll(() => bench.questions().length).toBe(1)
      bench.emulator.control.deny()
      await bench.clock.advance(30_000)
      await run
    })
    expect(text).not.toContain('eyJ')
  })

  it('hold neither inputs nor outputs with `traceIncludeSensitiveData: false`', async () => {
    await using emulator = await testEmulator()
    const text = await traced(new Runner({ traceIncludeSensitiveData: false }), (runner) => {
      const tools = [operationTool(testClient(emulator), record)]
      return runner.run(scripted(tools, [[['show', { id: 'rec-0001' }, 'c1']]]).agent, 'go')
    })
    expect(text).toContain('"show"')
    expect(text).not.toContain('rec-0001')
  })
})
