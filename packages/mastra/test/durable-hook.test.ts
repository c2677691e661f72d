import { testEmulator, watch } from '@authsec-internal/test-kit'
import { InMemoryStore } from '@mastra/core/storage'
import { createTool } from '@mastra/core/tools'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { authsecBeforeToolCall, type BeforeToolCallOptions } from '../src/index.ts'
import {
  clientOf,
  contextOf,
  openAgent,
  pushes,
  SEALED,
  snapshots,
  type TestEmulator,
} from './durable-world.ts'
import type { ScriptedCall } from './model.ts'

const approvals = { remove: { message: 'Remove {id}?', wait: 'suspend' } } as const
const once: ScriptedCall[][] = [[['remove', { id: '42' }]]]

/** Agents with a tool that AuthSec knows nothing of, behind the hook. */
function behindHook(emulator: TestEmulator, options: Partial<BeforeToolCallOptions> = {}) {
  const ran: string[] = []
  const tool = (id: string) =>
    createTool({
      id,
      description: 'Changes a customer.',
      inputSchema: z.object({ id: z.string() }),
      execute: async (input) => ({ done: ran.push(`${id} ${input.id}`) }),
    })
  const tools = { remove: tool('remove'), read: tool('read') }
  const storage = new InMemoryStore()
  const client = clientOf(emulator, { approvals: { openPerApprover: 3 } })
  const hooks = { beforeToolCall: authsecBeforeToolCall(client, { approvals, ...options }) }
  const open = (turns = once) => openAgent(storage, tools, turns, { hooks })
  return { ran, storage, open }
}

const target = { runId: 'run-1', toolCallId: 'c1' }

describe('the hook, by a rule that says suspend', () => {
  it('asks once, suspends the run, and lets the tool run once after the approval', async () => {
    await using emulator = await testEmulator()
    const { ran, open, storage } = behindHook(emulator)
    const { agent } = open()
    const paused = await agent.generate('go', { runId: 'run-1' })
    expect(paused.finishReason).toBe('suspended')
    expect(Object.keys(Object(paused.suspendPayload).suspendPayload)).toEqual([
      'approval',
      'sealed',
    ])
    expect(await snapshots(storage)).toContain(SEALED)
    watch('a snapshot', await snapshots(storage))
    await agent.resumeGenerate({ approved: true }, target)
    expect([ran, pushes(emulator)]).toEqual([[], 1])
    emulator.control.approve()
    const { agent: another, outcomes, prompts } = open()
    expect((await another.resumeGenerate({ go: 1 }, target)).finishReason).toBe('stop')
    expect(outcomes()).toEqual({ c1: { done: 1 } })
    expect([ran, pushes(emulator)]).toEqual([['remove 42'], 1])
    expect(prompts()).not.toContain(SEALED)
  })

  it('tells the model of a denial, and the tool does not run', async () => {
    await using emulator = await testEmulator()
    const { ran, open } = behindHook(emulator)
    const { agent, outcomes } = open()
    await agent.generate('go', { runId: 'run-1' })
    emulator.control.deny()
    await agent.resumeGenerate({ approved: true }, target)
    expect(outcomes()).toMatchObject({ c1: { ok: false, code: 'approval_denied' } })
    expect([ran, pushes(emulator)]).toEqual([[], 1])
  })

  it('finds the open question when Mastra loses the payload', async () => {
    await using emulator = await testEmulator()
    const { ran, open } = behindHook(emulator)
    const { agent } = open()
    await agent.generate('go', { runId: 'run-1' })
    await agent.resumeGenerate(null, target)
    emulator.control.approve()
    await agent.resumeGenerate(null, target)
    expect([ran, pushes(emulator)]).toEqual([['remove 42'], 1])
  })

  it('lets the tool run once when several instances resume at once', async () => {
    await using emulator = await testEmulator()
    const { ran, open } = behindHook(emulator)
    await open().agent.generate('go', { runId: 'run-1' })
    emulator.control.approve()
    const resumed = [open(), open(), open()].map(({ agent }) =>
      agent.resumeGenerate({ go: 1 }, target),
    )
    await Promise.allSettled(resumed)
    expect([ran, pushes(emulator)]).toEqual([['remove 42'], 1])
  })

  it('refuses the approval of somebody else', async () => {
    await using emulator = await testEmulator()
    const user = (context: { get(key: string): unknown }) => context.get('user') as string
    const { ran, open } = behindHook(emulator, { user })
    const { agent, outcomes } = open()
    await agent.generate('go', { runId: 'run-1', requestContext: contextOf('alice') })
    emulator.control.approve()
    await agent.resumeGenerate({ go: 1 }, { ...target, requestContext: contextOf('eve') })
    expect(outcomes()).toMatchObject({ c1: { code: 'approval_mismatch' } })
    expect([ran, pushes(emulator)]).toEqual([[], 1])
  })

  it('ends each of three calls of one step as it should', async () => {
    await using emulator = await testEmulator()
    const { ran, open } = behindHook(emulator)
    const { agent, outcomes } = open([
      [
        ['remove', { id: '1' }],
        ['read', { id: '2' }],
        ['remove', { id: '3' }],
      ],
    ])
    await agent.generate('go', { runId: 'run-1' })
    expect([ran, pushes(emulator)]).toEqual([['read 2'], 2])
    for (const { bindingMessage, authReqId } of emulator.control.approvals()) {
      if (bindingMessage.includes('"1"')) emulator.control.approve(authReqId)
      else emulator.control.deny(authReqId)
    }
    for (const toolCallId of ['c1', 'c3']) {
      await (await agent.resumeStream({ go: 1 }, { runId: 'run-1', toolCallId })).consumeStream()
    }
    expect(ran).toEqual(['read 2', 'remove 1'])
    expect(outcomes()).toMatchObject({ c2: { done: 1 }, c1: { done: 2 }, c3: { ok: false } })
  })

  it('says that the approval is pending where nothing can be suspended', async () => {
    await using emulator = await testEmulator()
    const hook = authsecBeforeToolCall(clientOf(emulator), { approvals })
    const answer = await hook({ toolName: 'remove', input: { id: '1' } })
    expect(answer).toMatchObject({ proceed: false, output: { code: 'approval_pending' } })
    watch('an answer', answer)
  })
})
