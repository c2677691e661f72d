import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Emulator } from '@authsec/emulator'
import { rejection, testClient, testEmulator, watch } from '@authsec-internal/test-kit'
import { generateText, isStepCount, streamText, ToolLoopAgent } from 'ai'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { operationTool, secureFetchTool } from '../src/index.ts'
import { callsOnce, readBack } from './model.ts'

const options = { toolCallId: 'c1' }

describe('a tool', () => {
  it('is a plain object that any code can call', async () => {
    await using emulator = await testEmulator()
    const tool = secureFetchTool(testClient(emulator))
    const outcome = await tool.execute({ endpoint: 'metrics' }, options)
    expect(outcome).toMatchObject({ ok: true, status: 200, untrusted: true })
    expect(tool.outputSchema.parse(outcome)).toEqual(outcome)
    expect(Object.keys(tool)).toEqual(['description', 'inputSchema', 'outputSchema', 'execute'])
    watch('a tool', tool)
  })

  it.each([[undefined], [null], [{}]])('runs with the options %j', async (given) => {
    await using emulator = await testEmulator()
    const tool = secureFetchTool(testClient(emulator))
    expect(await tool.execute({ endpoint: 'metrics' }, given as never)).toMatchObject({ ok: true })
  })

  it('checks its arguments itself, for SDK versions and schemas that do not', async () => {
    await using emulator = await testEmulator()
    const tool = secureFetchTool(testClient(emulator))
    const outcome = await tool.execute({ endpoint: 5 } as never, options)
    expect(outcome).toMatchObject({ ok: false, code: 'invalid_input' })
  })

  it('rethrows an abort with its reason', async () => {
    await using emulator = await testEmulator()
    const abortSignal = AbortSignal.abort(new Error('stopped'))
    const tool = secureFetchTool(testClient(emulator))
    const error = await rejection(
      tool.execute({ endpoint: 'metrics' }, { ...options, abortSignal }),
    )
    expect(error.message).toBe('stopped')
  })

  it('says which parameter its path template lacks, without a name', () => {
    const mistaken = () =>
      operationTool(undefined, { description: 'x', path: 'records/{id}', params: z.object({}) })
    expect(mistaken).toThrow(/records\/\{id\} uses the parameter id/)
  })
})

describe('in the agent loops of the SDK', () => {
  const prompt = 'go'
  const stopWhen = isStepCount(5)

  it('generateText and ToolLoopAgent give the model the outcome as JSON', async () => {
    await using emulator = await testEmulator()
    const tools = { vault: secureFetchTool(testClient(emulator)) }
    for (const run of [
      (model: ReturnType<typeof callsOnce>) => generateText({ model, tools, prompt, stopWhen }),
      (model: ReturnType<typeof callsOnce>) =>
        new ToolLoopAgent({ model, tools }).generate({ prompt }),
    ]) {
      const model = callsOnce('vault', { endpoint: 'metrics' })
      const result = await run(model)
      expect(result.text).toBe('over')
      const output = { type: 'json', value: { ok: true, status: 200 } }
      expect(readBack(model)).toMatchObject([{ toolCallId: 'c1', output }])
      expect(result.steps[0]?.toolResults[0]?.output).toMatchObject({ ok: true })
      watch('steps', result.steps)
    }
  })

  it('the stream for a browser carries one sentence where a delegation was revoked', async () => {
    await using emulator = await testEmulator()
    emulator.control.revoke()
    const tools = { vault: secureFetchTool(testClient(emulator)) }
    const model = callsOnce('vault', { endpoint: 'metrics' })
    const stream = streamText({ model, tools, prompt, stopWhen }).toUIMessageStream()
    const chunks: { type: string; output?: unknown }[] = []
    for await (const chunk of stream) chunks.push(chunk)
    watch('chunks', chunks)
    const told = chunks.filter(({ type }) => type.startsWith('tool-output'))
    expect(told).toMatchObject([
      { type: 'tool-output-available', output: { ok: false, code: 'no_active_delegation' } },
    ])
  })

  it('a browser is sent the raw text of what a tool throws, and it holds no secret', async () => {
    await using emulator = await testEmulator()
    const tools = { vault: secureFetchTool(brokenClient(emulator)) }
    const model = callsOnce('vault', { endpoint: 'metrics' })
    const stream = streamText({ model, tools, prompt, stopWhen }).toUIMessageStream()
    const chunks: { type: string; errorText?: string }[] = []
    for await (const chunk of stream) chunks.push(chunk)
    watch('chunks', chunks)
    const errors = chunks.filter(({ type }) => type === 'tool-output-error')
    expect(errors.map(({ errorText }) => errorText)).toEqual(['Error: not from here'])
  })
})

/** A client that fails in a way that nobody thought of. */
function brokenClient(emulator: Emulator): ReturnType<typeof testClient> {
  return { ...testClient(emulator), secureFetch: () => Promise.reject(new Error('not from here')) }
}

describe('the source', () => {
  const folder = join(import.meta.dirname, '../src')
  const source = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'))

  it('imports neither the SDK nor anything that speaks HTTP', () => {
    const imports = source.join('\n').matchAll(/^(import|export) .*?from '([^'.][^']*)'/gms)
    const targets = new Set([...imports].map((match) => match[2]))
    expect([...targets].sort()).toEqual([
      '@authsec/core',
      '@authsec/core/adapter',
      '@authsec/core/tool',
      'zod',
    ])
    expect(source.join('\n')).not.toMatch(/\bfetch\(/)
  })
})
