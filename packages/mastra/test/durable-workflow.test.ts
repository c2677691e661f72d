import { createFakeClock, testEmulator, watch } from '@authsec-internal/test-kit'
import type { Agent } from '@mastra/core/agent'
import { Mastra } from '@mastra/core/mastra'
import { InMemoryStore } from '@mastra/core/storage'
import { createStep, createWorkflow } from '@mastra/core/workflows'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { operationTool, withoutSealed } from '../src/index.ts'
import { approvalSteps } from '../src/workflow.ts'
import {
  clientOf,
  contextOf,
  executions,
  guarded,
  openAgent,
  pushes,
  SEALED,
  snapshots,
  type TestEmulator,
} from './durable-world.ts'

const user = (context: { get(key: string): unknown }) => context.get('user') as string
const inputData = { id: 'rec-0001' }

/** Workflows of two steps as processes have them after their start: all is new but the storage. */
function workflowsOf(emulator: TestEmulator, options: Parameters<typeof clientOf>[1] = {}) {
  const storage = new InMemoryStore()
  const client = clientOf(emulator, options)
  const create = () => {
    const { ask, act } = approvalSteps(client, { ...guarded, user })
    return createWorkflow({
      id: 'show-record',
      inputSchema: ask.inputSchema,
      outputSchema: act.outputSchema,
    })
      .then(ask)
      .then(act)
      .commit()
  }
  const open = async () => {
    const workflows = { workflow: create() }
    const mastra = new Mastra({ workflows, storage, logger: false })
    return mastra.getWorkflow('workflow').createRun({ runId: 'run-1' })
  }
  return { storage, create, open }
}

const begin = { inputData, requestContext: contextOf('alice') }

describe('the two steps of a call that a person must approve', () => {
  it('ask once, suspend with the view alone, and execute once', async () => {
    await using emulator = await testEmulator()
    const { open, storage } = workflowsOf(emulator)
    const run = await open()
    const paused = await run.start(begin)
    expect(paused).toMatchObject({ status: 'suspended', suspended: [['show']] })
    const { suspendPayload } = Object(paused)
    expect(suspendPayload).toMatchObject({ show: { approval: { status: 'pending' } } })
    expect(JSON.stringify(suspendPayload)).not.toContain(SEALED)
    expect(JSON.stringify(withoutSealed({ ...paused }))).not.toContain(SEALED)
    watch('a snapshot', await snapshots(storage))
    expect(await snapshots(storage)).toContain(SEALED)
    for (const resumeData of [{}, { approved: true }, undefined]) {
      expect(await (await open()).resume({ resumeData })).toMatchObject({ status: 'suspended' })
    }
    emulator.control.approve()
    const done = await (await open()).resume({ step: 'show', resumeData: {} })
    expect(done).toMatchObject({ status: 'success', result: { ok: true, data: inputData } })
    expect([pushes(emulator), executions(emulator)]).toEqual([1, 1])
  })

  it('end a denial as an outcome that the next step can read', async () => {
    await using emulator = await testEmulator()
    const { open } = workflowsOf(emulator)
    await (await open()).start(begin)
    emulator.control.deny()
    const done = await (await open()).resume({ resumeData: { approved: true } })
    expect(done).toMatchObject({ status: 'success', result: { code: 'approval_denied' } })
    expect(executions(emulator)).toBe(0)
  })

  it('end a question without an answer as an outcome', async () => {
    const clock = createFakeClock()
    await using emulator = await testEmulator({ clock })
    const { open } = workflowsOf(emulator, { clock })
    await (await open()).start(begin)
    clock.jump(400_000)
    const done = await (await open()).resume({ resumeData: {} })
    expect(done).toMatchObject({ status: 'success', result: { code: 'approval_expired' } })
    expect([pushes(emulator), executions(emulator)]).toEqual([1, 0])
  })

  it('execute once when several instances resume at once', async () => {
    await using emulator = await testEmulator()
    const { open } = workflowsOf(emulator)
    await (await open()).start(begin)
    emulator.control.approve()
    const runs = await Promise.all([open(), open(), open(), open()])
    await Promise.allSettled(runs.map((run) => run.resume({ resumeData: {} })))
    expect([pushes(emulator), executions(emulator)]).toEqual([1, 1])
  })

  it('refuse a resume as somebody else', async () => {
    await using emulator = await testEmulator()
    const { open } = workflowsOf(emulator)
    await (await open()).start(begin)
    emulator.control.approve()
    const requestContext = contextOf('eve')
    const done = await (await open()).resume({ resumeData: {}, requestContext })
    expect(done).toMatchObject({ result: { code: 'approval_mismatch' } })
    expect([pushes(emulator), executions(emulator)]).toEqual([1, 0])
  })

  it('run through without a question where none is needed, and where the call is refused', async () => {
    await using emulator = await testEmulator()
    const operations = [
      { ...guarded, approval: undefined },
      { ...guarded, permission: 'records:delete' },
    ]
    const results: unknown[] = []
    for (const operation of operations) {
      const { ask, act } = approvalSteps(clientOf(emulator), operation)
      const { inputSchema } = ask
      const workflow = createWorkflow({ id: 'w', inputSchema, outputSchema: act.outputSchema })
      const run = await workflow.then(ask).then(act).commit().createRun()
      results.push(await run.start({ inputData }))
    }
    expect(results).toMatchObject([
      { status: 'success', result: { ok: true } },
      { status: 'success', result: { code: 'permission_missing' } },
    ])
    expect(pushes(emulator)).toBe(0)
  })

  it('show where the question stands in the stream of the workflow', async () => {
    await using emulator = await testEmulator()
    const run = await workflowsOf(emulator).open()
    const parts: unknown[] = []
    for await (const part of run.stream(begin).fullStream) parts.push(part)
    const data = { status: 'pending', approver: 'a***@example.com' }
    expect(parts).toContainEqual(
      expect.objectContaining({
        type: 'data-authsec-approval',
        data: expect.objectContaining(data),
      }),
    )
    watch('a stream', parts)
  })

  it('are a tool of an agent, as a workflow: the sealed text stays in the inner run', async () => {
    await using emulator = await testEmulator()
    const { create } = workflowsOf(emulator)
    const storage = new InMemoryStore()
    const turns = [[['workflow-pay', { inputData }]]] as const
    const open = (): { agent: Agent; outcomes(): unknown } =>
      openAgent(storage, {}, turns, { workflows: { pay: create() } })
    const { agent } = open()
    const requestContext = contextOf('alice')
    const paused = await agent.generate('go', { runId: 'run-1', requestContext })
    expect(paused.finishReason).toBe('suspended')
    expect(JSON.stringify(paused.suspendPayload)).not.toContain(SEALED)
    emulator.control.approve()
    const target = { runId: 'run-1', toolCallId: 'c1', requestContext }
    const { agent: another, outcomes } = open()
    await another.resumeGenerate({ go: 1 }, target)
    expect(JSON.stringify(outcomes())).toContain('"ok":true')
    expect([pushes(emulator), executions(emulator)]).toEqual([1, 1])
  })
})

describe('a suspending tool as a step', () => {
  it('asks once, and executes once when the workflow is resumed', async () => {
    await using emulator = await testEmulator()
    const storage = new InMemoryStore()
    const show = operationTool(clientOf(emulator), guarded)
    const inputSchema = guarded.params
    const open = async () => {
      const workflow = createWorkflow({ id: 'w', inputSchema, outputSchema: z.unknown() })
      const workflows = { workflow: workflow.then(createStep(show)).commit() }
      const mastra = new Mastra({ workflows, storage, logger: false })
      return mastra.getWorkflow('workflow').createRun({ runId: 'run-1' })
    }
    expect(await (await open()).start({ inputData })).toMatchObject({ status: 'suspended' })
    expect(await (await open()).resume({ resumeData: {} })).toMatchObject({ status: 'suspended' })
    emulator.control.approve()
    const done = await (await open()).resume({ resumeData: {} })
    expect(done).toMatchObject({ status: 'success', result: { ok: true } })
    expect([pushes(emulator), executions(emulator)]).toEqual([1, 1])
  })
})
