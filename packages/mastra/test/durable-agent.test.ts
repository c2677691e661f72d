import { createFakeClock, testEmulator, watch } from '@authsec-internal/test-kit'
import { InMemoryStore } from '@mastra/core/storage'
import { createTool } from '@mastra/core/tools'
import { describe, expect, it } from 'vitest'
import { operationTool, withoutSealed } from '../src/index.ts'
import {
  clientOf,
  contextOf,
  executions,
  free,
  guarded,
  oneQuestion,
  openAgent,
  pushes,
  SEALED,
  snapshots,
} from './durable-world.ts'
import type { ScriptedCall } from './model.ts'

const user = (context: { get(key: string): unknown }) => context.get('user') as string

describe('a tool whose rule says suspend', () => {
  it('asks once and suspends the run, and executes once when the run is resumed after the approval', async () => {
    await using world = await oneQuestion()
    const { emulator, paused, resume, outcomes } = world
    expect(paused.finishReason).toBe('suspended')
    expect(executions(emulator)).toBe(0)
    for (let turn = 0; turn < 3; turn++) {
      expect((await resume({ go: true })).finishReason).toBe('suspended')
    }
    expect(pushes(emulator)).toBe(1)
    emulator.control.approve()
    expect((await resume({ go: true })).finishReason).toBe('stop')
    expect(outcomes()).toMatchObject({ c1: { ok: true, data: { id: 'rec-0001' } } })
    expect([pushes(emulator), executions(emulator)]).toEqual([1, 1])
  })

  it.each([
    true,
    1,
    'yes',
    { approved: true },
    { sealed: 'eyJ', approval: {} },
    { c1: 'approved' },
  ])('waits on, whatever the resume value %j says', async (resumeData) => {
    await using world = await oneQuestion()
    expect((await world.resume(resumeData)).finishReason).toBe('suspended')
    expect([pushes(world.emulator), executions(world.emulator)]).toEqual([1, 0])
  })

  it('finds the open question when Mastra loses the payload, as it does for a resume with null', async () => {
    await using world = await oneQuestion()
    const { emulator, resume, outcomes } = world
    expect((await resume(null)).finishReason).toBe('suspended')
    expect(pushes(emulator)).toBe(1)
    emulator.control.approve()
    await resume(null)
    expect(outcomes()).toMatchObject({ c1: { ok: true } })
    expect([pushes(emulator), executions(emulator)]).toEqual([1, 1])
  })

  it('ends a denied call as a failure that the model reads', async () => {
    await using world = await oneQuestion()
    world.emulator.control.deny()
    expect((await world.resume({ approved: true })).finishReason).toBe('stop')
    expect(world.outcomes()).toMatchObject({ c1: { ok: false, code: 'approval_denied' } })
    expect(executions(world.emulator)).toBe(0)
  })

  it('ends a call that nobody answered in time as a failure that the model reads', async () => {
    const clock = createFakeClock()
    await using emulator = await testEmulator({ clock })
    const show = operationTool(clientOf(emulator, { clock }), guarded)
    const storage = new InMemoryStore()
    const { agent, outcomes } = openAgent(storage, { show }, [[['show', { id: 'rec-0001' }]]])
    await agent.generate('go', { runId: 'run-1' })
    clock.jump(400_000)
    await agent.resumeGenerate({ go: 1 }, { runId: 'run-1', toolCallId: 'c1' })
    expect(outcomes()).toMatchObject({ c1: { ok: false, code: 'approval_expired' } })
    expect([pushes(emulator), executions(emulator)]).toEqual([1, 0])
  })

  it('is resumed once: a second resume of the finished run is refused by Mastra, and sends nothing', async () => {
    await using world = await oneQuestion()
    world.emulator.control.approve()
    await world.resume({ go: 1 })
    await expect(world.resume({ go: 1 })).rejects.toThrow()
    expect([pushes(world.emulator), executions(world.emulator)]).toEqual([1, 1])
  })

  it('executes once when several instances resume the same run at once', async () => {
    await using world = await oneQuestion()
    world.emulator.control.approve()
    const options = { runId: 'run-1', toolCallId: 'c1' }
    const opened = [world.open(), world.open(), world.open(), world.open()]
    await Promise.allSettled(opened.map(({ agent }) => agent.resumeGenerate({ go: 1 }, options)))
    expect([pushes(world.emulator), executions(world.emulator)]).toEqual([1, 1])
    const read = opened.map(({ outcomes }) => Object(outcomes()['c1']))
    expect(read.filter(({ ok }) => ok === true)).toHaveLength(1)
    expect(read.filter(({ code }) => code === 'approval_used').length).toBeGreaterThan(0)
  })

  it('asks about the same tool with other arguments, whatever was approved before', async () => {
    await using emulator = await testEmulator()
    const show = operationTool(clientOf(emulator), guarded)
    const turns: ScriptedCall[][] = [
      [['show', { id: 'rec-0001' }]],
      [['show', { id: 'rec-0002' }]],
      [['show', { id: 'rec-0001' }]],
    ]
    const { agent, outcomes } = openAgent(new InMemoryStore(), { show }, turns)
    let result = await agent.generate('go', { runId: 'run-1' })
    for (const [index, toolCallId] of ['c1', 'c11', 'c21'].entries()) {
      expect(result.finishReason).toBe('suspended')
      expect([pushes(emulator), executions(emulator)]).toEqual([index + 1, index])
      emulator.control.approve()
      result = await agent.resumeGenerate({ go: 1 }, { runId: 'run-1', toolCallId })
    }
    expect(result.finishReason).toBe('stop')
    expect(outcomes()).toMatchObject({ c1: { ok: true }, c11: { ok: true }, c21: { ok: true } })
  })

  it('does not use a decision about an older call for a newer one', async () => {
    const limits = { approvals: { openPerApprover: 3 } }
    await using world = await oneQuestion({}, limits)
    world.emulator.control.approve()
    // A user message came instead of a resume, and the same run begins anew with other arguments.
    const show = operationTool(clientOf(world.emulator, limits), guarded)
    const newer = openAgent(world.storage, { show }, [[['show', { id: 'rec-0002' }]]])
    const paused = await newer.agent.generate('and now?', { runId: 'run-1' })
    expect(paused.finishReason).toBe('suspended')
    await newer.agent.resumeGenerate({ go: 1 }, { runId: 'run-1', toolCallId: 'c1' })
    expect(executions(world.emulator)).toBe(0)
  })

  it('finds the open question of a run that was lost, although the call has another name now', async () => {
    await using world = await oneQuestion()
    const show = operationTool(clientOf(world.emulator), guarded)
    const asked: ScriptedCall[][] = [
      [
        ['peek', { id: 'rec-0002' }],
        ['show', { id: 'rec-0001' }],
      ],
    ]
    const peek = operationTool(clientOf(world.emulator), free)
    const again = openAgent(new InMemoryStore(), { show, peek }, asked)
    await again.agent.generate('go', { runId: 'run-1', requestContext: contextOf('alice') })
    expect(pushes(world.emulator)).toBe(1)
    world.emulator.control.approve()
    await again.agent.resumeGenerate({ go: 1 }, { runId: 'run-1', toolCallId: 'c2' })
    expect(again.outcomes()).toMatchObject({ c2: { ok: true } })
    expect(pushes(world.emulator)).toBe(1)
  })
})

describe('the conversation of a suspended call', () => {
  it('is asked about once, whichever run asks', async () => {
    await using emulator = await testEmulator()
    const show = operationTool(clientOf(emulator), guarded)
    const turns: ScriptedCall[][] = [[['show', { id: 'rec-0001' }]]]
    const memory = { thread: 'chat-1', resource: 'alice' }
    const { agent } = openAgent(new InMemoryStore(), { show }, turns)
    await agent.generate('go', { runId: 'run-1', memory })
    const { agent: another, outcomes } = openAgent(new InMemoryStore(), { show }, turns)
    await another.generate('go on', { runId: 'run-2', memory })
    expect(pushes(emulator)).toBe(1)
    emulator.control.approve()
    await another.resumeGenerate({ go: 1 }, { runId: 'run-2', toolCallId: 'c1' })
    expect(outcomes()).toMatchObject({ c1: { ok: true } })
    await agent.resumeGenerate({ go: 1 }, { runId: 'run-1', toolCallId: 'c1' })
    expect([pushes(emulator), executions(emulator)]).toEqual([1, 1])
  })
})

describe('the user a suspended call is for', () => {
  it('is known again when the run is resumed without a request context', async () => {
    await using world = await oneQuestion({ user })
    world.emulator.control.approve()
    await world.resume({ go: 1 })
    expect(world.outcomes()).toMatchObject({ c1: { ok: true } })
  })

  it.each(['eve', 'alice@example.com', 'Alice'])(
    'cannot be replaced by a process that resumes: %s gets a mismatch, and nothing is sent',
    async (name) => {
      await using world = await oneQuestion({ user })
      world.emulator.control.approve()
      const { agent, outcomes } = world.open()
      const requestContext = contextOf(name)
      await agent.resumeGenerate({ go: 1 }, { runId: 'run-1', toolCallId: 'c1', requestContext })
      expect(outcomes()).toMatchObject({ c1: { ok: false, code: 'approval_mismatch' } })
      expect([pushes(world.emulator), executions(world.emulator)]).toEqual([1, 0])
    },
  )

  it('stays the user in the instance that began, because Mastra keeps the context of its runs', async () => {
    const users: (string | undefined)[] = []
    await using world = await oneQuestion({
      user: (context) => users[users.push(user(context)) - 1],
    })
    world.emulator.control.approve()
    await world.resume({ go: 1 }, 'eve')
    expect(users).toEqual(['alice', 'alice'])
    expect([pushes(world.emulator), executions(world.emulator)]).toEqual([1, 1])
  })

  it.each([7, '', ' ', null, {}])(
    'must be a name: %j is a mistake of the program',
    async (given) => {
      await using emulator = await testEmulator()
      const show = operationTool(clientOf(emulator), { ...guarded, user: () => given as never })
      const { agent, prompts } = openAgent(new InMemoryStore(), { show }, [[['show', { id: 'r' }]]])
      await agent.generate('go')
      expect(prompts()).toMatch(/What the function `user` of the tool returned/)
      expect([pushes(emulator), executions(emulator)]).toEqual([0, 0])
    },
  )
})

describe('several calls in one step', () => {
  const calls: ScriptedCall[] = [
    ['show', { id: 'rec-0001' }],
    ['peek', { id: 'rec-0002' }],
    ['show', { id: 'rec-0003' }],
  ]

  it('end each as it should: one approved, one free, one denied', async () => {
    await using emulator = await testEmulator()
    const client = clientOf(emulator)
    const tools = { show: operationTool(client, guarded), peek: operationTool(client, free) }
    const { agent, outcomes } = openAgent(new InMemoryStore(), tools, [calls])
    expect((await agent.generate('go', { runId: 'run-1' })).finishReason).toBe('suspended')
    emulator.control.approve()
    const between = await agent.resumeGenerate({ go: 1 }, { runId: 'run-1', toolCallId: 'c1' })
    expect(between.finishReason).toBe('suspended')
    emulator.control.deny()
    const last = await agent.resumeGenerate({ go: 1 }, { runId: 'run-1', toolCallId: 'c3' })
    expect(last.finishReason).toBe('stop')
    expect(outcomes()).toMatchObject({
      c1: { ok: true, data: { id: 'rec-0001' } },
      c2: { ok: true, data: { id: 'rec-0002' } },
      c3: { ok: false, code: 'approval_denied' },
    })
    expect([pushes(emulator), executions(emulator)]).toEqual([2, 2])
  })

  it('end each as it should in parallel, when the rule is the resource’s and its approver has room', async () => {
    await using emulator = await testEmulator()
    const when = ({ values }: { values: object }) => Reflect.get(values, 'id') !== 'rec-0002'
    const approval = { message: 'Show {id}?', wait: 'suspend', when } as const
    const resources = [{ name: 'vault', baseUrl: emulator.vaultUrl, approval }]
    const client = clientOf(emulator, { resources, approvals: { openPerApprover: 3 } })
    const byResource = { ...guarded, approval: undefined }
    const tools = {
      show: operationTool(client, byResource),
      peek: operationTool(client, { ...byResource, name: 'peek' }),
    }
    const { agent, outcomes } = openAgent(new InMemoryStore(), tools, [calls])
    await agent.generate('go', { runId: 'run-1' })
    expect([pushes(emulator), executions(emulator)]).toEqual([2, 1])
    for (const { bindingMessage, authReqId } of emulator.control.approvals()) {
      if (bindingMessage.includes('rec-0003')) emulator.control.approve(authReqId)
      else emulator.control.deny(authReqId)
    }
    for (const toolCallId of ['c3', 'c1']) {
      const stream = await agent.resumeStream({ go: 1 }, { runId: 'run-1', toolCallId })
      await stream.consumeStream()
    }
    expect(outcomes()).toMatchObject({
      c1: { ok: false, code: 'approval_denied' },
      c2: { ok: true },
      c3: { ok: true, data: { id: 'rec-0003' } },
    })
    expect([pushes(emulator), executions(emulator)]).toEqual([2, 2])
  })
})

describe('the sealed text of a suspended call', () => {
  it('is in the stored snapshot and in the payload for the program, and the model never reads it', async () => {
    await using world = await oneQuestion()
    const { suspendPayload } = Object(world.paused.suspendPayload)
    expect(Object.keys(suspendPayload).sort()).toEqual(['approval', 'sealed'])
    const stored = await snapshots(world.storage)
    expect(stored).toContain(SEALED)
    watch('a snapshot', stored)
    const [asked] = world.emulator.control.approvals()
    expect(asked?.authReqId).toMatch(/./)
    expect(stored).not.toContain(asked?.authReqId)
    const given = JSON.stringify([world.paused.messages, world.paused.response])
    expect(given).not.toContain(SEALED)
    world.emulator.control.approve()
    const done = await world.resume({ go: 1 })
    expect(JSON.stringify([done.messages, done.toolResults, world.outcomes()])).not.toContain(
      SEALED,
    )
    watch('a result', [world.paused.steps, done.steps])
  })

  it('is left out of the messages, which Mastra stores and may show to the model', async () => {
    await using emulator = await testEmulator()
    const show = operationTool(clientOf(emulator), guarded)
    const { agent } = openAgent(new InMemoryStore(), { show }, [[['show', { id: 'rec-0001' }]]])
    const stream = await agent.stream('go', { runId: 'run-1' })
    const chunks: unknown[] = []
    for await (const chunk of stream.fullStream) chunks.push(chunk)
    const messages = JSON.stringify(stream.messageList.get.all.db())
    expect(messages).toMatch(/"suspendedTools".*"suspendPayload":\{"approval":\{"code"/)
    expect(messages).not.toContain(SEALED)

    const raw = JSON.stringify(chunks)
    expect(raw).toContain(SEALED)
    const shown = JSON.stringify(withoutSealed(chunks))
    expect(shown).not.toContain(SEALED)
    expect(shown).toContain('"approver":"a***@example.com"')
    watch('a stream', raw)
  })

  it('costs nothing else: results are stored as Mastra stores them', async () => {
    await using world = await oneQuestion()
    world.emulator.control.approve()
    const done = await world.resume({ go: 1 })
    const text = JSON.stringify(done)
    expect(text).toContain('"clearance":"confidential"')
    expect(text).not.toMatch(/"transformed":\{"ok"/)
  })

  it('is not taken from a payload of another tool, of whatever type', async () => {
    await using emulator = await testEmulator()
    const show = operationTool(clientOf(emulator), guarded)
    for (const suspendPayload of [{ sealed: 7 }, { sealed: null }, 'text', [], undefined]) {
      const suspended: unknown[] = []
      const suspend = async (payload: unknown) => void suspended.push(payload)
      const agent = { toolCallId: 'c1', messages: [], suspend, suspendPayload, resumeData: {} }
      await show.execute?.({ id: 'rec-0001' }, { agent, runId: 'r' } as never)
      expect(suspended, JSON.stringify(suspendPayload)).toHaveLength(1)
    }
    expect(pushes(emulator)).toBe(1)
  })

  it('that was cut, extended or forged executes nothing and asks nobody', async () => {
    await using emulator = await testEmulator()
    const show = operationTool(clientOf(emulator), guarded)
    const paused: { sealed: string }[] = []
    const call = (suspendPayload?: unknown) => {
      const suspend = async (payload: { sealed: string }) => void paused.push(payload)
      const agent = { toolCallId: 'c1', messages: [], suspend, suspendPayload, resumeData: {} }
      return show.execute?.({ id: 'rec-0001' }, { agent, runId: 'r' } as never)
    }
    await call()
    emulator.control.approve()
    const { sealed = '' } = paused[0] ?? {}
    for (const text of [
      sealed.slice(0, -8),
      `${sealed}A.B`,
      sealed.replace('..', '.x.'),
      'x',
      '',
    ]) {
      expect(await call({ sealed: text, approval: {} })).toMatchObject({ code: 'approval_invalid' })
    }
    expect([pushes(emulator), executions(emulator)]).toEqual([1, 0])
  })
})

describe('outside of a run that can be suspended', () => {
  it('the tool says that the approval is pending', async () => {
    await using emulator = await testEmulator()
    const show = operationTool(clientOf(emulator), guarded)
    const outcome = await show.execute?.({ id: 'rec-0001' }, {} as never)
    expect(outcome).toMatchObject({ ok: false, code: 'approval_pending', approval: { code: /./ } })
    watch('an outcome', outcome)
  })

  it('a copy made by createTool suspends as well', async () => {
    await using emulator = await testEmulator()
    const show = operationTool(clientOf(emulator), guarded)
    const copy = createTool({ ...show, id: 'copy' } as never) as unknown as typeof show
    const turns: ScriptedCall[][] = [[['copy', { id: 'rec-0001' }]]]
    const { agent, outcomes } = openAgent(new InMemoryStore(), { copy }, turns)
    await agent.generate('go', { runId: 'run-1' })
    emulator.control.approve()
    await agent.resumeGenerate({ go: 1 }, { runId: 'run-1', toolCallId: 'c1' })
    expect(outcomes()).toMatchObject({ c1: { ok: true } })
    expect([pushes(emulator), executions(emulator)]).toEqual([1, 1])
  })
})
