import type { Emulator } from '@authsec/emulator'
import { fastClock, rejection, testClient, testEmulator, watch } from '@authsec-internal/test-kit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Approval } from '../src/approval/approved-request.ts'
import type { AuthSecClient } from '../src/client/client.ts'
import type { AuthSecClientOptions } from '../src/config/client-options.ts'
import { type AgentTool, defineOperation } from '../src/tool.ts'

let emulator: Emulator
beforeAll(async () => {
  emulator = await testEmulator({ approvals: 'approve' })
})
afterAll(() => emulator.close())

const APPROVER = 'approver@example.com'
const approval = { approver: APPROVER, message: 'Show record {id}?' }

/** With a clock of its own: clients of one server and clock share the limits of an approver. */
function clientOf(options: Partial<AuthSecClientOptions> = {}): AuthSecClient {
  return testClient(emulator, { clock: { ...fastClock }, ...options })
}

function getRecord(client: AuthSecClient, more: object = {}): AgentTool<{ id: string }> {
  return defineOperation(client, {
    name: 'get_record',
    description: 'One record of the vault.',
    path: 'records/{id}',
    params: z.object({ id: z.string() }),
    permission: 'records:read',
    ...more,
  })
}

const vaultCalls = (): number =>
  emulator.requests.filter(({ path }) => path.startsWith('/secure-vault/')).length

/** An approval of exactly this call, collected apart from it. */
async function approvalFor(client: AuthSecClient, tool: AgentTool, id: string): Promise<Approval> {
  const plan = await tool.plan({ id })
  if (plan.status !== 'needs_approval') throw new Error(`The plan is ${plan.status}.`)
  return client.requestApproval(plan.approval.question)
}

describe('the plan of a tool call', () => {
  it('names the call and sends nothing to the API', async () => {
    const before = vaultCalls()
    const plan = await getRecord(clientOf()).plan({ id: 'rec-0001' })
    expect(plan).toEqual({
      status: 'ready',
      resource: 'vault',
      method: 'GET',
      route: 'records/{id}',
      permissions: ['records:read'],
    })
    expect(vaultCalls()).toBe(before)
  })

  it('names the question that an approver would read, without asking', async () => {
    const asked = emulator.control.approvals().length
    const client = clientOf()
    const plan = await getRecord(client, { approval }).plan({ id: 'rec-0001' })
    expect(plan).toMatchObject({
      status: 'needs_approval',
      approval: {
        message: expect.stringMatching(/^Show record "rec-0001"\? \[\w{6}\]$/),
        digest: expect.stringMatching(/^[0-9a-f]{64}$/),
        code: expect.stringMatching(/^\w{6}$/),
        question: { approver: APPROVER },
      },
    })
    expect(emulator.control.approvals()).toHaveLength(asked)
    watch('a plan', plan)
  })

  it('has the digest of the approval that is then started', async () => {
    const client = clientOf()
    const plan = await getRecord(client, { approval }).plan({ id: 'rec-0002' })
    if (plan.status !== 'needs_approval') throw new Error('An approval is required.')
    const pending = await client.startApproval(plan.approval.question)
    expect(pending).toMatchObject({
      digest: plan.approval.digest,
      code: plan.approval.code,
      bindingMessage: plan.approval.message,
    })
  })

  it.each<[string, unknown, object, Partial<AuthSecClientOptions> | undefined, string]>([
    ['arguments that do not fit', { id: 7 }, {}, undefined, 'invalid_input'],
    ['a value that is no segment', { id: '../x' }, {}, undefined, 'endpoint_refused'],
    ['a missing permission', { id: 'a' }, { permission: 'x:y' }, undefined, 'permission_missing'],
  ])('is refused for %s, before anybody is asked', async (_what, input, more, options, code) => {
    const asked = emulator.control.approvals().length
    const tool = getRecord(clientOf(options), { approval, ...more })
    expect(await tool.plan(input)).toMatchObject({
      status: 'refused',
      outcome: { ok: false, code, message: expect.stringMatching(/\w/) },
    })
    expect(await tool.execute(input)).toMatchObject({ ok: false, code })
    expect(emulator.control.approvals()).toHaveLength(asked)
  })

  it.each<[string, object, string]>([
    ['permission', { permission: 'vault:admin' }, 'permission_missing'],
    ['audience', { audience: 'another-api' }, 'audience_mismatch'],
  ])(
    'checks the %s of the resource, so that nobody is asked in vain',
    async (_what, more, code) => {
      const resources = [{ name: 'vault', baseUrl: emulator.vaultUrl, approval, ...more }]
      const tool = getRecord(clientOf({ resources }), { approval })
      expect(await tool.plan({ id: 'rec-0001' })).toMatchObject({
        status: 'refused',
        outcome: { code },
      })
    },
  )

  it('throws the reason of a signal that has aborted', async () => {
    const signal = AbortSignal.abort(new Error('stopped'))
    const error = await rejection(getRecord(clientOf()).plan({ id: 'rec-0001' }, { signal }))
    expect(error.message).toBe('stopped')
  })
})

describe('an approval that was collected for a call', () => {
  it('executes that call, once, and asks nobody again', async () => {
    const client = clientOf()
    const tool = getRecord(client, { approval })
    const approved = await approvalFor(client, tool, 'rec-0003')
    const asked = emulator.control.approvals().length
    expect(await tool.execute({ id: 'rec-0003' }, { approved })).toMatchObject({ ok: true })
    const before = vaultCalls()
    expect(await tool.execute({ id: 'rec-0003' }, { approved })).toMatchObject({
      ok: false,
      code: 'approval_used',
    })
    expect(vaultCalls()).toBe(before)
    expect(emulator.control.approvals()).toHaveLength(asked)
  })

  it('executes no call with other arguments, and stays good for its own', async () => {
    const client = clientOf()
    const tool = getRecord(client, { approval: { ...approval, approver: 'second@example.com' } })
    const own = getRecord(client, { approval })
    const approved = await approvalFor(client, own, 'rec-0004')
    const before = vaultCalls()
    for (const [other, id] of [[own, 'rec-0005'] as const, [tool, 'rec-0004'] as const]) {
      expect(await other.execute({ id }, { approved })).toMatchObject({
        ok: false,
        code: 'approval_mismatch',
      })
    }
    expect(vaultCalls()).toBe(before)
    expect(await own.execute({ id: 'rec-0004' }, { approved })).toMatchObject({ ok: true })
  })

  it('executes nothing when another client collected it, or when it was made by hand', async () => {
    const client = clientOf()
    const tool = getRecord(client, { approval })
    const approved = await approvalFor(client, tool, 'rec-0006')
    const copy = { ...approved, accessToken: approved.accessToken }
    const before = vaultCalls()
    for (const [one, forged] of [
      [getRecord(clientOf(), { approval }), approved] as const,
      [tool, copy] as const,
    ]) {
      expect(await one.execute({ id: 'rec-0006' }, { approved: forged })).toMatchObject({
        code: 'approval_used',
      })
    }
    expect(vaultCalls()).toBe(before)
  })

  it('is not executed again after a 401, although there is a newer token', async () => {
    const client = clientOf()
    const tool = getRecord(client, { approval })
    const approved = await approvalFor(client, tool, 'rec-0008')
    emulator.control.delegate()
    emulator.control.failNext({ kind: 'status', status: 401 }, { path: /rec-0008/ })
    const before = vaultCalls()
    expect(await tool.execute({ id: 'rec-0008' }, { approved })).toMatchObject({
      ok: false,
      code: 'unauthorized',
    })
    expect(vaultCalls()).toBe(before + 1)
  })

  it('executes one of twenty concurrent calls', async () => {
    const client = clientOf()
    const tool = getRecord(client, { approval })
    const approved = await approvalFor(client, tool, 'rec-0007')
    const before = vaultCalls()
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () => tool.execute({ id: 'rec-0007' }, { approved })),
    )
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1)
    expect(vaultCalls()).toBe(before + 1)
  })
})
