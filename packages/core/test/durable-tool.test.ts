import type { EmulatorHandler } from '@authsec/emulator'
import { rejection } from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { pendingOf } from '../src/adapter.ts'
import type { AuthSecClient } from '../src/client/client.ts'
import { ApprovalError } from '../src/errors.ts'
import type { ToolContext } from '../src/tool/agent-tool.ts'
import type { ToolFailure } from '../src/tool/outcome.ts'
import { type AgentTool, defineOperation } from '../src/tool.ts'
import { APPROVER, durableBench } from './support/durable-bench.ts'

const INPUT = { id: 'rec-0001' }
const APPROVAL = { approver: APPROVER, message: 'Show {id}?', wait: 'suspend' } as const
const CALL = { toolCallId: 'call-1', thread: 't1', user: 'ann' }

function toolOf(client: AuthSecClient, name = 'show_record'): AgentTool<unknown> {
  return defineOperation(client, {
    name,
    description: 'Shows a record.',
    path: 'records/{id}',
    params: z.object({ id: z.string() }),
    approval: APPROVAL,
  }) as AgentTool<unknown>
}

/** Asks about the call, and seals the question as a framework's state would keep it. */
async function suspended(client: AuthSecClient, context: ToolContext = CALL): Promise<string> {
  const outcome = await toolOf(client).execute(INPUT, context)
  expect(outcome).toMatchObject({ ok: false, code: 'approval_pending' })
  const pending = pendingOf(outcome)
  if (!pending) throw new Error('The outcome has no pending approval.')
  return client.sealApproval(pending)
}

const resumed = (client: AuthSecClient, approved: string, more: object = {}) =>
  toolOf(client).execute(INPUT, { ...CALL, ...more, approved })

describe('a tool call that suspends', () => {
  it('shows the question, and executes once it is approved', async () => {
    const { process, emulator, sent, rings } = durableBench()
    const sealed = await suspended(process())
    const waiting = await resumed(process(), sealed)
    expect(waiting).toMatchObject({
      code: 'approval_pending',
      approval: { status: 'pending', approver: 'a***@example.com', intervalSeconds: 5 },
    })
    expect(sent()).toEqual([])
    emulator.control.approve()
    expect(await resumed(process(), sealed)).toMatchObject({ ok: true, status: 200 })
    expect(await resumed(process(), sealed)).toMatchObject({ code: 'approval_used' })
    expect([sent().length, rings()]).toEqual([1, 1])
  })

  it.each<[string, string, (emulator: EmulatorHandler) => void]>([
    ['denied', 'approval_denied', ({ control }) => control.deny()],
    ['left alone until it expired', 'approval_expired', () => undefined],
  ])('ends with a failure when it is %s', async (_what, code, decide) => {
    const { process, emulator, sent, clock } = durableBench()
    const sealed = await suspended(process())
    decide(emulator)
    if (code === 'approval_expired') await clock.advance(400_000)
    const outcome = await resumed(process(), sealed)
    expect(outcome).toMatchObject({ ok: false, code, retryable: false })
    expect(outcome).not.toHaveProperty('approval')
    expect(sent()).toEqual([])
  })

  it.each<[string, object, object]>([
    ['other arguments', { id: 'rec-0002' }, {}],
    ['arguments of another case', { id: 'REC-0001' }, {}],
    ['another user', INPUT, { user: 'ben' }],
    ['no user', INPUT, { user: undefined }],
  ])('with %s is refused, and stays approved for the right call', async (_what, input, more) => {
    const { process, emulator, sent, polls } = durableBench()
    const sealed = await suspended(process())
    emulator.control.approve()
    const outcome = await toolOf(process()).execute(input, { ...CALL, ...more, approved: sealed })
    expect(outcome).toMatchObject({ code: 'approval_mismatch' })
    expect([sent().length, polls()]).toEqual([0, 0])
    expect(await resumed(process(), sealed)).toMatchObject({ ok: true })
  })

  it('by another tool is refused, and stays approved for the right one', async () => {
    const { process, emulator } = durableBench()
    const sealed = await suspended(process())
    emulator.control.approve()
    const other = toolOf(process(), 'other_tool')
    expect(await other.execute(INPUT, { ...CALL, approved: sealed })).toMatchObject({
      code: 'approval_mismatch',
    })
    expect(await resumed(process(), sealed)).toMatchObject({ ok: true })
  })

  it.each([
    ['a new name of the call', { toolCallId: 'call-99' }],
    ['another conversation', { thread: 't2' }],
  ])('is carried on under %s, as after a cold start', async (_what, more) => {
    const { process, emulator, sent } = durableBench()
    const sealed = await suspended(process())
    emulator.control.approve()
    expect(await resumed(process(), sealed, more)).toMatchObject({ ok: true })
    expect(sent()).toHaveLength(1)
  })

  it('is carried on by the same call without the sealed text, in any process', async () => {
    const { process, emulator, sent, rings } = durableBench()
    await suspended(process())
    const again = await toolOf(process()).execute(INPUT, { ...CALL, toolCallId: 'call-2' })
    expect(again).toMatchObject({ code: 'approval_pending' })
    emulator.control.approve()
    const last = await toolOf(process()).execute(INPUT, { ...CALL, toolCallId: 'call-3' })
    expect(last).toMatchObject({ ok: true })
    expect([sent().length, rings()]).toEqual([1, 1])
  })

  it('is not stopped for ever: one that was approved does not ask again', async () => {
    const { process, emulator, rings } = durableBench()
    const client = process()
    const sealed = await suspended(client)
    emulator.control.approve()
    expect(await resumed(client, sealed)).toMatchObject({ ok: true })
    expect(rings()).toBe(1)
  })

  it('ends for itself: of three in one step one is sent, one refused and one waits', async () => {
    const { process, emulator, sent } = durableBench()
    const client = process()
    const inputs = ['rec-0001', 'rec-0002', 'rec-0003'].map((id) => ({ id }))
    await Promise.all(inputs.map((input) => toolOf(client).execute(input, CALL)))
    const [first, second] = emulator.control.approvals()
    emulator.control.approve(first?.authReqId)
    emulator.control.deny(second?.authReqId)
    const ends = await Promise.all(inputs.map((input) => toolOf(client).execute(input, CALL)))
    const codes = ends.map((end) => ('code' in end ? end.code : 'ok'))
    expect(codes.sort()).toEqual(['approval_denied', 'approval_pending', 'ok'])
    expect(sent()).toHaveLength(1)
  })

  it('says after a lost answer of the API that its approval is used up', async () => {
    const { process, emulator, sent } = durableBench()
    const sealed = await suspended(process())
    emulator.control.approve()
    emulator.control.failNext({ kind: 'drop_after_handling' }, { path: /secure-vault/ })
    await resumed(process(), sealed).catch(() => undefined)
    expect(await resumed(process(), sealed)).toMatchObject({ code: 'approval_used' })
    expect(sent()).toHaveLength(1)
  })

  it('asks by `ask` without executing, and twice is once', async () => {
    const { process, rings, sent } = durableBench()
    const client = process()
    const first = await toolOf(client).ask(INPUT, CALL)
    const second = await toolOf(process()).ask(INPUT, { ...CALL, toolCallId: 'other' })
    expect([first.status, second.status, rings(), sent().length]).toEqual(['asked', 'asked', 1, 0])
  })
})

describe('client.secureFetch under a rule that suspends', () => {
  it('throws what it waits for, and carries it on', async () => {
    const { process, emulator, sent } = durableBench()
    const client = process()
    const request = { endpoint: 'records/rec-0001', approval: { ...APPROVAL, message: 'Show?' } }
    const error = await rejection(client.secureFetch(request))
    if (!ApprovalError.isInstance(error) || !error.pending) throw error
    expect(error).toMatchObject({ code: 'approval_pending', retryable: false })
    const approved = error.pending
    await rejection(client.secureFetch({ ...request, approved }))
    emulator.control.approve()
    expect(await client.secureFetch({ ...request, approved })).toMatchObject({ status: 200 })
    const used = client.secureFetch({ ...request, approved })
    expect(await rejection(used)).toMatchObject({ code: 'approval_used' })
    expect(sent()).toHaveLength(1)
  })
})

describe('client.fetch under a rule that suspends', () => {
  it('carries on what it asked about, for the same request only', async () => {
    const { process, emulator, sent } = durableBench()
    const client = process()
    const approval = { ...APPROVAL, message: 'Show?' }
    const url = (id: string): string => `https://emulator.test/secure-vault/records/${id}`
    const error = await rejection(client.fetch(url('rec-0001'), {}, { approval }))
    if (!ApprovalError.isInstance(error) || !error.pending) throw error
    const approved = await client.sealApproval(error.pending)
    emulator.control.approve()
    const wrong = process().fetch(url('rec-0002'), {}, { approval, approved })
    expect(await rejection(wrong)).toMatchObject({ code: 'approval_mismatch' })
    const right = await process().fetch(url('rec-0001'), {}, { approval, approved })
    expect(right.status).toBe(200)
    await right.body?.cancel()
    const again = process().fetch(url('rec-0001'), {}, { approval, approved })
    expect(await rejection(again)).toMatchObject({ code: 'approval_used' })
    expect(sent()).toHaveLength(1)
  })
})

describe('an approval for what is not a call', () => {
  const question = { approver: APPROVER, message: 'Send {n} mails?', values: { n: 3 }, user: 'ann' }

  it.each<[string, object]>([
    ['another action', { action: { send: 4 } }],
    ['another message', { message: 'Send {n} letters?' }],
    ['other values', { values: { n: 4 } }],
    ['another user', { user: 'ben' }],
    ['another tool', { tool: 'mailer' }],
    ['another approver', { approver: 'second@example.com' }],
    ['other scopes', { scopes: ['email'] }],
  ])('is none for %s, and stays good for its own', async (_what, more) => {
    const { process, emulator } = durableBench()
    const client = process()
    const sealed = await client.sealApproval(await client.startApproval(question))
    emulator.control.approve()
    const wrong = process().useApproval(sealed, { ...question, ...more })
    expect(await rejection(wrong)).toMatchObject({ code: 'approval_mismatch' })
    await process().useApproval(sealed, question)
  })

  it('of another agent in the same process is not accepted', async () => {
    const { process, emulator } = durableBench({
      agents: [{ clientId: '22222222-2222-4222-8222-222222222222' }],
    })
    const [mine, other] = [process(), process({ clientId: '22222222-2222-4222-8222-222222222222' })]
    const pending = await other.startApproval(question)
    emulator.control.approve()
    expect(await rejection(mine.useApproval(pending, question))).toMatchObject({
      code: 'approval_mismatch',
    })
    const { approval } = Object(await other.pollApproval(pending))
    const failed = (await rejection(mine.useApproval(approval, question))) as Partial<ToolFailure>
    expect(failed.code).toMatch(/^approval_(used|mismatch)$/)
    await other.useApproval(approval, question)
  })
})
