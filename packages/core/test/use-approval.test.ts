import { rejection, testClient, testEmulator, watch } from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import { pendingOf, requestToolApproval } from '../src/adapter.ts'
import type { ToolFailure } from '../src/tool.ts'

type TestEmulator = Awaited<ReturnType<typeof testEmulator>>

const clientOf = (emulator: TestEmulator) =>
  testClient(emulator, { ciba: { loginHint: 'approver@example.com' } })
const question = { message: 'Rotate the keys?', action: { rotate: 1 }, tool: 'keys', thread: 't' }

describe('useApproval without an approval', () => {
  it('asks without waiting, and carries on the open question at the next call', async () => {
    await using emulator = await testEmulator()
    const client = clientOf(emulator)
    for (let turn = 0; turn < 3; turn++) {
      const error = await rejection(client.useApproval(undefined, question))
      expect(error).toMatchObject({ code: 'approval_pending', approval: { status: 'pending' } })
    }
    emulator.control.approve()
    await client.useApproval(undefined, question)
    expect(emulator.control.approvals()).toMatchObject([{ status: 'consumed' }])
  })

  it.each([
    { ...question, action: { rotate: 2 } },
    { ...question, tool: 'other' },
    { ...question, thread: 'u' },
    { ...question, user: 'eve' },
  ])('asks anew about anything else: %j', async (other) => {
    await using emulator = await testEmulator()
    const limits = { openPerApprover: 3 }
    const client = clientOf(emulator)
    await rejection(client.useApproval(undefined, { ...question, limits }))
    emulator.control.approve()
    const error = await rejection(client.useApproval(undefined, { ...other, limits }))
    expect(error).toMatchObject({ code: 'approval_pending' })
    expect(emulator.control.approvals()).toHaveLength(2)
  })
})

describe('a rule that says suspend, about a tool of somebody else', () => {
  const rules = { send_mail: { message: 'Mail {to}?', wait: 'suspend' } } as const
  const call = { toolName: 'send_mail', input: { to: 'a@example.com' }, thread: 't', user: 'alice' }

  it('returns the open question, which a later call carries on', async () => {
    await using emulator = await testEmulator()
    const client = clientOf(emulator)
    const waiting = (await requestToolApproval(client, rules, call)) as ToolFailure
    expect(waiting).toMatchObject({ code: 'approval_pending', approval: { status: 'pending' } })
    watch('an outcome', waiting)
    const approved = pendingOf(waiting)
    emulator.control.approve()
    expect(await requestToolApproval(client, rules, { ...call, approved })).toBe('approved')
    const again = await requestToolApproval(client, rules, { ...call, approved })
    expect(again).toMatchObject({ code: 'approval_used' })
    expect(emulator.control.approvals()).toHaveLength(1)
  })

  it.each<[string, object]>([
    ['another input', { input: { to: 'b@example.com' } }],
    ['another user', { user: 'eve' }],
    ['no user', { user: undefined }],
  ])('does not pass %s with that question', async (_what, change) => {
    await using emulator = await testEmulator()
    const client = clientOf(emulator)
    const waiting = (await requestToolApproval(client, rules, call)) as ToolFailure
    const approved = pendingOf(waiting)
    emulator.control.approve()
    const answer = await requestToolApproval(client, rules, { ...call, ...change, approved })
    expect(answer).toMatchObject({ code: 'approval_mismatch' })
  })

  it('passes a call about which another rule waited for an answer, if it brings the approval', async () => {
    await using emulator = await testEmulator()
    const client = clientOf(emulator)
    const waiting = (await requestToolApproval(client, rules, call)) as ToolFailure
    const approved = pendingOf(waiting)
    emulator.control.approve()
    const blocking = { send_mail: { message: 'Mail {to}?' } }
    expect(await requestToolApproval(client, blocking, { ...call, approved })).toBe('approved')
    expect(emulator.control.approvals()).toHaveLength(1)
  })
})
