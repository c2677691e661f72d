import { rejection, testClient, testEmulator, watch } from '@authsec-internal/test-kit'
import { MockLLM } from '@llamaindex/core/llms/mock'
import { agent } from '@llamaindex/workflow'
import { describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { operationTool, secureFetchTool } from '../src/index.ts'

describe('the tools', () => {
  it('describe themselves to a model', async () => {
    const { metadata } = secureFetchTool(undefined, { name: 'vault', description: 'The vault.' })
    expect(metadata).toMatchObject({
      name: 'vault',
      description: 'The vault.',
      parameters: { type: 'object', required: ['endpoint', 'query'], additionalProperties: false },
    })
  })

  it('answer with the outcome as JSON', async () => {
    await using emulator = await testEmulator()
    const tool = operationTool(testClient(emulator), {
      name: 'get_record',
      description: 'One record.',
      path: 'records/{id}',
      params: z.object({ id: z.string() }),
      permission: 'records:read',
    })
    const text = await tool.call({ id: 'rec-0001' })
    expect(JSON.parse(text)).toMatchObject({ ok: true, data: { id: 'rec-0001' }, untrusted: true })
    watch('a result', text)
    watch('a tool', tool)
  })

  it.each([[5], [undefined], [{}], [{ endpoint: 5 }], [{ endpoint: 'metrics', token: 'x' }]])(
    'check the arguments %j themselves',
    async (input) => {
      await using emulator = await testEmulator()
      const warn = vi.spyOn(console, 'warn')
      const text = await secureFetchTool(testClient(emulator)).call(input)
      expect(JSON.parse(text)).toMatchObject({ ok: false, code: 'invalid_input' })
      expect(emulator.requests).toHaveLength(0)
      expect(warn).not.toHaveBeenCalled()
    },
  )

  it('end with the reason of their signal', async () => {
    await using emulator = await testEmulator()
    const reason = new Error('stopped')
    const signal = AbortSignal.abort(reason)
    const tool = secureFetchTool(testClient(emulator), { signal })
    expect(await rejection(tool.call({ endpoint: 'metrics' }))).toBe(reason)
  })

  it('work in an agent of LlamaIndex', async () => {
    await using emulator = await testEmulator()
    const calls = [{ id: 'one', name: 'authsec_secure_fetch', input: { endpoint: 'metrics' } }]
    const llm = new MockLLM({ responseMessage: 'done', mockToolCallResponse: { toolCalls: calls } })
    const seen: string[] = []
    const run = agent({ llm, tools: [secureFetchTool(testClient(emulator))] }).runStream('go')
    for await (const { data } of run) {
      seen.push(JSON.stringify(data) ?? '')
      // This fake model repeats its call endlessly.
      if (seen.at(-1)?.includes('failed_logins') || seen.length > 50) break
    }
    expect(seen.at(-1)).toContain('failed_logins')
    watch('events', seen)
  })
})
