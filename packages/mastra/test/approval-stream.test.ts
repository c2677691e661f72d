import { fastClock, testEmulator, watch } from '@authsec-internal/test-kit'
import { InMemoryStore } from '@mastra/core/storage'
import { createTool } from '@mastra/core/tools'
import { createStep, createWorkflow } from '@mastra/core/workflows'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { authsecBeforeToolCall, operationTool } from '../src/index.ts'
import { clientOf, guarded, openAgent, SEALED, type TestEmulator } from './durable-world.ts'

const blocking = { ...guarded, approval: { message: 'Show {id}?', timeoutMs: 60_000 } }
const params = z.object({ id: z.string() })

interface Part {
  readonly type: string
  readonly id?: string
  readonly data: { readonly status: string; readonly code: string }
}

/** Reads a stream to its end, and tells how long after the push each view came. */
async function viewsOf(emulator: TestEmulator, stream: AsyncIterable<unknown>) {
  const views: { part: Part; afterMs: number }[] = []
  const types: string[] = []
  for await (const chunk of stream) {
    const part = chunk as Part
    types.push(part.type)
    if (part.type !== 'data-authsec-approval') continue
    const [asked] = emulator.control.approvals()
    views.push({ part, afterMs: Date.now() - (asked?.createdAt ?? 0) })
    watch('a stream', part)
    if (part.data.status === 'pending') emulator.control.approve()
  }
  return { views, types }
}

describe('while a tool waits for a person', () => {
  it('the agent’s stream shows the question at once, and what became of it', async () => {
    await using emulator = await testEmulator()
    const show = operationTool(clientOf(emulator, { clock: fastClock }), blocking)
    const { agent, outcomes } = openAgent(new InMemoryStore(), { show }, [
      [['show', { id: 'rec-0001' }]],
    ])
    const stream = await agent.stream('go')
    const { views, types } = await viewsOf(emulator, stream.fullStream)
    expect(views.map(({ part }) => [part.id, part.data.status])).toEqual([
      ['c1', 'pending'],
      ['c1', 'approved'],
    ])
    expect(views[0]?.afterMs).toBeLessThan(100)
    expect(types.indexOf('data-authsec-approval')).toBeLessThan(types.indexOf('tool-result'))
    expect(outcomes()).toMatchObject({ c1: { ok: true } })
    const kept = JSON.stringify([stream.messageList.get.all.db(), await stream.steps])
    expect(kept).not.toContain('data-authsec-approval')
  })

  it('the stream shows the question of the hook, about a tool of somebody else', async () => {
    await using emulator = await testEmulator()
    const client = clientOf(emulator, { clock: fastClock })
    const execute = async () => ({ removed: true })
    const remove = createTool({
      id: 'remove',
      description: 'Removes.',
      inputSchema: params,
      execute,
    })
    const approvals = { remove: { message: 'Remove {id}?', timeoutMs: 60_000 } }
    const hooks = { beforeToolCall: authsecBeforeToolCall(client, { approvals }) }
    const turns = [[['remove', { id: '1' }]]] as const
    const { agent } = openAgent(new InMemoryStore(), { remove }, turns, { hooks })
    const { views } = await viewsOf(emulator, (await agent.stream('go')).fullStream)
    expect(views.map(({ part }) => [part.id, part.data.status])).toEqual([
      ['c1', 'pending'],
      ['c1', 'approved'],
    ])
  })

  it('the view is all that a suspended call adds to the stream, beside its payload', async () => {
    await using emulator = await testEmulator()
    const show = operationTool(clientOf(emulator), guarded)
    const { agent } = openAgent(new InMemoryStore(), { show }, [[['show', { id: 'rec-0001' }]]])
    const parts: unknown[] = []
    for await (const chunk of (await agent.stream('go')).fullStream) parts.push(chunk)
    const sealedIn = parts.filter((part) => JSON.stringify(part).includes(SEALED)) as Part[]
    expect(sealedIn.map(({ type }) => type)).toEqual(['tool-call-suspended'])
    expect(JSON.stringify(parts)).toMatch(/"type":"data-authsec-approval"/)
  })

  it('a run without a stream, and a step of a workflow, work as before', async () => {
    await using emulator = await testEmulator()
    emulator.control.scriptApproval('approve', 'approve')
    const show = operationTool(clientOf(emulator, { clock: fastClock }), blocking)
    const { agent, outcomes } = openAgent(new InMemoryStore(), { show }, [
      [['show', { id: 'rec-0001' }]],
    ])
    await agent.generate('go')
    expect(outcomes()).toMatchObject({ c1: { ok: true } })
    const workflow = createWorkflow({ id: 'w', inputSchema: params, outputSchema: z.unknown() })
    const run = await workflow.then(createStep(show)).commit().createRun()
    const result = await run.start({ inputData: { id: 'rec-0002' } })
    expect(result).toMatchObject({ status: 'success', result: { ok: true } })
  })

  it.each<[string, unknown]>([
    [
      'throws',
      {
        custom: () => {
          throw new Error('closed')
        },
      },
    ],
    ['rejects', { custom: () => Promise.reject(new Error('closed')) }],
    ['never ends', { custom: () => new Promise(() => undefined) }],
    ['has no such method', { custom: 7 }],
    ['is a text', 'writer'],
  ])('a stream that %s changes nothing', async (_what, writer) => {
    await using emulator = await testEmulator()
    emulator.control.scriptApproval('approve')
    const show = operationTool(clientOf(emulator, { clock: fastClock }), blocking)
    expect(await show.execute?.({ id: 'rec-0001' }, { writer } as never)).toMatchObject({
      ok: true,
    })
  })
})
