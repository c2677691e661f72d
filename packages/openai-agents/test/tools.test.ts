import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ConfigError } from '@authsec/core'
import { rejection, testClient, testEmulator, watch } from '@authsec-internal/test-kit'
import { invokeFunctionTool, RunContext, tool } from '@openai/agents-core'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { operationTool, secureFetchTool } from '../src/index.ts'
import { type Call, readAbout, runner, type Session, scripted } from './support.ts'

const params = z.object({ id: z.string() })
const record = { name: 'get_record', description: 'A record.', path: 'records/{id}', params }
const metrics = (id: string): Call => [
  'authsec_secure_fetch',
  { endpoint: 'metrics', query: [] },
  id,
]
const user = ({ context }: RunContext<Session>): string | undefined => context.user

describe('a tool for the OpenAI Agents SDK', () => {
  it('returns the outcome of its call as text, without a run', async () => {
    await using emulator = await testEmulator()
    const text = await invokeFunctionTool({
      tool: operationTool(testClient(emulator), record),
      runContext: new RunContext(),
      input: '{"id":"rec-0001"}',
    })
    watch('an outcome', text)
    expect(JSON.parse(text)).toMatchObject({ ok: true, status: 200, data: { id: 'rec-0001' } })
  })

  it('is called by a test with as little as it needs', async () => {
    await using emulator = await testEmulator()
    const text = await operationTool(testClient(emulator), record).invoke(
      {} as RunContext,
      '{"id":"rec-0001"}',
    )
    expect(JSON.parse(text)).toMatchObject({ ok: true })
  })

  it('tells events whose call it is, in which run and for whom', async () => {
    await using emulator = await testEmulator()
    const calls: (readonly unknown[])[] = []
    const client = testClient(emulator, {
      onEvent(event) {
        if (event.type !== 'request.completed') return
        calls.push([event.toolCallId, event.user, event.run])
      },
    })
    const { agent } = scripted<Session>(
      [secureFetchTool(client, { user })],
      [[metrics('c1')], [metrics('c2')]],
    )
    await runner.run(agent, 'go', { context: { user: 'ann' } })
    const run = calls[0]?.[2]
    expect(run).toBeTypeOf('string')
    expect(calls).toEqual([
      ['c1', 'ann', run],
      ['c2', 'ann', run],
    ])
  })

  it('counts the calls of an agent that is used as a tool towards the outer run', async () => {
    await using emulator = await testEmulator()
    const client = testClient(emulator, { budget: { callsPerRun: 1 } })
    const inner = scripted([secureFetchTool(client)], [[metrics('i1')]])
    const helper = inner.agent.asTool({ toolName: 'helper', toolDescription: 'Helps.' })
    const { agent } = scripted(
      [secureFetchTool(client), helper],
      [[metrics('c1')], [['helper', { input: 'x' }, 'c2']]],
    )
    await runner.run(agent, 'go')
    expect(readAbout(inner.model, 'i1')).toContain('budget_exceeded')
  })

  it('ends the run where the program names no agent, and sends nothing', async () => {
    await using emulator = await testEmulator()
    const clients = new Map([['ann', testClient(emulator)]])
    const shared = secureFetchTool(({ context }: RunContext<Session>) =>
      clients.get(context.user ?? ''),
    )
    for (const context of [{}, { user: 'bob' }, undefined]) {
      const { agent, model } = scripted([shared], [[metrics('c1')]])
      const error = await rejection(runner.run(agent, 'go', context && { context }))
      expect([error, error.cause, Reflect.get(error, 'error')].some(ConfigError.isInstance)).toBe(
        true,
      )
      expect(model.calls).toHaveLength(1)
    }
    expect(emulator.requests).toHaveLength(0)
    const { agent, model } = scripted([shared], [[metrics('c1')]])
    await runner.run(agent, 'go', { context: { user: 'ann' } })
    expect(readAbout(model, 'c1')).toContain('\\"ok\\":true')
  })

  it.each(['{"id":', 'rec-0001', '[]', 'null', '{"id":5}', '', '"{}"'])(
    'tells the model that %j are no arguments, and sends nothing',
    async (args) => {
      await using emulator = await testEmulator()
      const text = await operationTool(testClient(emulator), record).invoke(new RunContext(), args)
      expect(JSON.parse(text)).toMatchObject({ ok: false, code: 'invalid_input' })
      expect(emulator.requests).toHaveLength(0)
    },
  )

  it.each(['{"id":', '[]', 'null', '7', ''])(
    'goes on with the run after the arguments %j, whoever acts',
    async (args) => {
      await using emulator = await testEmulator()
      const client = testClient(emulator)
      for (const given of [client, () => client]) {
        const { agent, model } = scripted(
          [operationTool(given, record)],
          [[['get_record', args, 'c1']]],
        )
        const { finalOutput, interruptions } = await runner.run(agent, 'go')
        expect([finalOutput, interruptions]).toEqual(['over', []])
        expect(readAbout(model, 'c1')).toMatch(/invalid_input|valid JSON/)
      }
      expect(emulator.requests).toHaveLength(0)
    },
  )

  it('ends with the signal of the run, and sends nothing', async () => {
    await using emulator = await testEmulator()
    const signal = AbortSignal.abort(new Error('stopped'))
    const fetchTool = secureFetchTool(testClient(emulator))
    const { agent } = scripted([fetchTool], [[metrics('c1')]])
    await rejection(runner.run(agent, 'go', { signal }))
    const input = '{"endpoint":"metrics","query":[]}'
    const error = await rejection(fetchTool.invoke(new RunContext(), input, { signal }))
    expect(error.message).toBe('stopped')
    expect(emulator.requests).toHaveLength(0)
  })

  it('is aborted by the failure of another call of the same step, which the program gets', async () => {
    await using emulator = await testEmulator()
    const fails = tool({
      name: 'fails',
      description: 'Fails.',
      parameters: z.object({}),
      errorFunction: null,
      execute: () => {
        throw new Error('broken')
      },
    })
    const { agent } = scripted(
      [fails, secureFetchTool(testClient(emulator))],
      [[['fails', {}, 'c1'], metrics('c2')]],
    )
    expect(String(await rejection(runner.run(agent, 'go')))).toMatch(/broken/)
  })
})

it('the source of @authsec/openai-agents imports nothing that sends requests', () => {
  const folder = join(import.meta.dirname, '../src')
  const sources = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'))
  expect(sources.join('\n')).not.toMatch(/\bfetch\(|from '(node:https?|undici)'/)
})
