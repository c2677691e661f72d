import type { ResourceOptions } from '@authsec/core'
import {
  createFakeClock,
  type FakeClock,
  inProcessClient,
  inProcessEmulator,
  settle,
} from '@authsec-internal/test-kit'
import type { Client } from '@modelcontextprotocol/client'
import { describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { type AuthSecMcpServerOptions, createAuthSecMcpServerFactory } from '../src/index.ts'
import { connect2025, connect2026 } from './support/clients.ts'
import { record, records, releasedRecord } from './support/vault.ts'

interface Situation {
  permissions?: string[]
  resources?: ResourceOptions[]
  /** Calls that wait for their turn. Default: 0, so that they are refused. */
  queuedPerApprover?: number
}

async function setUp(
  options: Partial<AuthSecMcpServerOptions> = {},
  { permissions, resources, queuedPerApprover = 0 }: Situation = {},
) {
  const clock = createFakeClock(Date.now())
  const emulator = inProcessEmulator({ clock, ...(permissions && { permissions }) })
  const client = inProcessClient(emulator, {
    clock,
    approvals: { queuedPerApprover },
    ...(resources && { resources }),
  })
  // The emulator creates its keys in real time. The test's clock must not advance meanwhile.
  await client.getDelegationToken()
  const factory = createAuthSecMcpServerFactory(client, {
    operations: [record, releasedRecord],
    clock,
    ...options,
  })
  const vaultCalls = (): number =>
    emulator.requests.filter(({ path }) => path.includes('secure-vault')).length
  const asked = (): Promise<void> =>
    vi.waitFor(() => expect(emulator.control.approvals()).not.toEqual([]))
  return { clock, emulator, factory, vaultCalls, asked }
}

const params = { name: 'release_record', arguments: { id: 'rec-0001' } }

interface Result {
  isError?: boolean
  resultType?: string
  requestState?: string
  inputRequests?: Record<string, { method: string; params: { message: string } }>
  structuredContent?: Record<string, unknown>
}

/** One request of the call, without the client's own loop. */
function request(client: Client, more: object = {}): Promise<Result> {
  return client.callTool({ ...params, ...more }, { allowInputRequired: true }) as Promise<Result>
}

/** Advances the clock until there is a result. The pauses leave time for signatures and messages. */
async function passing<T>(clock: FakeClock, result: Promise<T>): Promise<T> {
  let isDone = false
  const done = (): void => {
    isDone = true
  }
  result.then(done, done)
  while (!isDone) {
    await clock.advance(1_000)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return result
}

async function firstRequest(
  { clock, asked }: { clock: FakeClock; asked(): Promise<void> },
  client: Client,
): Promise<Result> {
  const call = request(client)
  await asked()
  return passing(clock, call)
}

/** Advances the clock by that many seconds. */
async function pass(clock: FakeClock, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    await clock.advance(1_000)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

describe('a client that can send a request again', () => {
  it('receives the record in the first request after the approval', async () => {
    const { clock, emulator, factory, vaultCalls, asked } = await setUp()
    await using near = await connect2026(factory)
    const first = await firstRequest({ clock, asked }, near.client)
    const { resultType, requestState, inputRequests } = first
    expect({ resultType, inputRequests }).toEqual({
      resultType: 'input_required',
      inputRequests: {},
    })
    expect(vaultCalls()).toBe(0)

    emulator.control.approve()
    const second = await passing(clock, request(near.client, { requestState }))
    expect(second.structuredContent).toMatchObject({ ok: true, data: { id: 'rec-0001' } })
    expect(vaultCalls()).toBe(1)
    expect(emulator.control.approvals()).toHaveLength(1)
  })

  it('sends the request again by itself, in the official SDK', async () => {
    const { clock, emulator, factory, asked } = await setUp({ approvals: { maxWaitMs: 1_000 } })
    await using near = await connect2026(factory)
    const call = near.client.callTool(params)
    await asked()
    await pass(clock, 3)
    emulator.control.approve()
    const result = await passing(clock, call)
    expect(result.structuredContent).toMatchObject({ ok: true })
  })

  it('is refused after a denial, and the approver is not asked again for a while', async () => {
    const { clock, emulator, factory, vaultCalls, asked } = await setUp()
    await using near = await connect2026(factory)
    const first = request(near.client)
    await asked()
    emulator.control.deny()
    expect((await passing(clock, first)).structuredContent).toMatchObject({
      ok: false,
      code: 'approval_denied',
    })
    const again = await request(near.client)
    expect(again.structuredContent).toMatchObject({ code: 'approval_rate_limited' })
    expect(emulator.control.approvals()).toHaveLength(1)
    expect(vaultCalls()).toBe(0)
  })

  it('waits for its turn within the time of one request, while the approver has another one', async () => {
    const approvals = { maxWaitMs: 20_000 }
    const { clock, emulator, factory, asked } = await setUp({ approvals }, { queuedPerApprover: 1 })
    await using near = await connect2026(factory, { capabilities: { elicitation: { form: {} } } })
    await request(near.client)
    await asked()
    const start = clock.monotonic()
    const other = { arguments: { id: 'rec-0002' } }
    const second = await passing(clock, request(near.client, other))
    expect(second.structuredContent).toMatchObject({ code: 'approval_rate_limited' })
    const waited = clock.monotonic() - start
    expect(waited).toBeGreaterThanOrEqual(20_000)
    expect(waited).toBeLessThan(60_000)
    expect(emulator.control.approvals()).toHaveLength(1)
  })

  it('is refused when nobody answers', async () => {
    const { clock, factory, vaultCalls, asked } = await setUp({ approvals: { maxWaitMs: 600_000 } })
    await using near = await connect2026(factory)
    const result = await firstRequest({ clock, asked }, near.client)
    expect(result.structuredContent).toMatchObject({ code: 'approval_timeout' })
    expect(vaultCalls()).toBe(0)
  })

  it('needs no more requests than the official clients send, however long the rule waits', async () => {
    const approval = { message: 'Show?', approver: 'approver@example.com', timeoutMs: 280_000 }
    const { clock, factory, asked } = await setUp({ operations: [{ ...releasedRecord, approval }] })
    await using near = await connect2026(factory)
    let result = await firstRequest({ clock, asked }, near.client)
    let requests = 1
    for (; result.resultType === 'input_required'; requests++) {
      const { requestState } = result
      result = await passing(clock, request(near.client, { requestState }))
    }
    expect(result.structuredContent).toMatchObject({ code: 'approval_timeout' })
    expect(requests).toBeLessThanOrEqual(10)
  })

  it('cannot use a state twice', async () => {
    const { clock, emulator, factory, vaultCalls, asked } = await setUp()
    await using near = await connect2026(factory)
    const { requestState } = await firstRequest({ clock, asked }, near.client)
    emulator.control.approve()
    const twice = [request(near.client, { requestState }), request(near.client, { requestState })]
    const codes = (await passing(clock, Promise.all(twice))).map(
      (result) => result.structuredContent?.['code'],
    )
    expect(codes).toContain('approval_used')
    const later = await request(near.client, { requestState })
    expect(later.structuredContent).toMatchObject({ code: 'approval_used' })
    expect(vaultCalls()).toBe(1)
  })

  it.each([
    ['other arguments', { arguments: { id: 'rec-0002' } }],
    ['another tool', { name: 'export_record' }],
    ['another method of the same tool', { name: 'get_record', arguments: { id: 'rec-0002' } }],
    ['arguments that are written in another way', { arguments: { id: 'rec%2D0001' } }],
  ])(
    'cannot use an approval for %s, and can use it for the call that was asked about',
    async (_what, edits) => {
      const twin = { ...releasedRecord, name: 'export_record' }
      const guarded = { ...record, approval: releasedRecord.approval }
      const operations = [releasedRecord, twin, guarded]
      const { clock, emulator, factory, vaultCalls, asked } = await setUp({ operations })
      await using near = await connect2026(factory)
      const { requestState } = await firstRequest({ clock, asked }, near.client)
      emulator.control.approve()
      const other = await request(near.client, { requestState, ...edits })
      expect(other.structuredContent).toMatchObject({ code: 'approval_mismatch' })
      expect(vaultCalls()).toBe(0)
      const same = await passing(clock, request(near.client, { requestState }))
      expect(same.structuredContent).toMatchObject({ ok: true, data: { id: 'rec-0001' } })
      expect(vaultCalls()).toBe(1)
      expect(emulator.control.approvals()).toHaveLength(1)
    },
  )

  it.each([
    ['made up', () => 'v1.eyJwIjp7ImlkIjoieCJ9fQ.AAAA'],
    ['altered', (state: string) => `${state.slice(0, -8)}AAAA${state.slice(-4)}`],
    ['cut', (state: string) => state.slice(0, -12)],
    ['empty', () => ''],
    ['extended', (state: string) => `${state}.AAAA`],
    ['huge', (state: string) => state + 'A'.repeat(20_000)],
  ])('cannot use a state that is %s', async (_what, forge) => {
    const { clock, factory, vaultCalls, asked } = await setUp()
    await using near = await connect2026(factory)
    const requestState = forge(
      (await firstRequest({ clock, asked }, near.client)).requestState ?? '',
    )
    await expect(request(near.client, { requestState })).rejects.toThrow(
      /Invalid or expired requestState/,
    )
    expect(vaultCalls()).toBe(0)
  })

  it('carries a sealed question, in which nobody reads what collects the answer', async () => {
    const { clock, emulator, factory, asked } = await setUp()
    await using near = await connect2026(factory)
    const { requestState = '' } = await firstRequest({ clock, asked }, near.client)
    const [header = '', ...rest] = requestState.split('.')
    const { alg, enc, typ } = JSON.parse(Buffer.from(header, 'base64url').toString('utf8'))
    expect({ alg, enc, typ }).toEqual({ alg: 'dir', enc: 'A256GCM', typ: 'authsec-approval+jwe' })
    const readable = rest.map((part) => Buffer.from(part, 'base64url').toString('latin1')).join()
    for (const { authReqId } of emulator.control.approvals()) {
      expect(requestState + readable).not.toContain(authReqId)
      expect(near.received.join()).not.toContain(authReqId)
    }
    expect(readable).not.toContain('approver@example.com')
  })

  it('ends the wait by cancelling the call, and a later approval sends nothing', async () => {
    const { clock, emulator, factory, vaultCalls, asked } = await setUp()
    await using near = await connect2026(factory)
    const abort = new AbortController()
    const call = near.client.callTool(params, { signal: abort.signal })
    await asked()
    abort.abort()
    await expect(call).rejects.toThrow()
    emulator.control.approve()
    await pass(clock, 60)
    expect(vaultCalls()).toBe(0)
    expect(clock.pending).toBe(0)
  })

  it('leaves no timer and no call behind when it goes away between two requests', async () => {
    const { clock, emulator, factory, vaultCalls, asked } = await setUp()
    const near = await connect2026(factory)
    await firstRequest({ clock, asked }, near.client)
    await near[Symbol.asyncDispose]()
    emulator.control.approve()
    await pass(clock, 130)
    expect(vaultCalls()).toBe(0)
    expect(clock.pending).toBe(0)
  })

  it('is refused a call without permission before anybody is asked', async () => {
    const operation = { ...records, approval: releasedRecord.approval }
    const { emulator, factory } = await setUp(
      { operations: [operation] },
      { permissions: ['metrics:read'] },
    )
    await using near = await connect2026(factory)
    const result = await near.client.callTool({ name: 'list_records', arguments: {} })
    expect(result.structuredContent).toMatchObject({ code: 'permission_missing' })
    expect(emulator.control.approvals()).toEqual([])
  })

  it.each([
    [{ id: 5 }, 'invalid_input'],
    [{ id: '..' }, 'endpoint_refused'],
  ])('is refused %j before anybody is asked', async (args, code) => {
    const { emulator, factory } = await setUp()
    await using near = await connect2026(factory)
    const result = await request(near.client, { arguments: args })
    expect(result.structuredContent).toMatchObject({ code })
    expect(emulator.control.approvals()).toEqual([])
  })

  it('does not wait when the rule requires no approval of this call', async () => {
    const approval = {
      message: 'Show?',
      when: ({ values }: { values: Readonly<Record<string, unknown>> }) =>
        values['id'] !== 'rec-0001',
    }
    const { emulator, factory } = await setUp({ operations: [{ ...releasedRecord, approval }] })
    await using near = await connect2026(factory)
    expect((await request(near.client)).structuredContent).toMatchObject({ ok: true })
    expect(emulator.control.approvals()).toEqual([])
  })

  it('receives progress while it waits', async () => {
    const { clock, factory, asked } = await setUp()
    await using near = await connect2026(factory)
    const heard: (string | undefined)[] = []
    const call = near.client.callTool(params, {
      allowInputRequired: true,
      onprogress: ({ message }) => void heard.push(message),
    })
    await asked()
    await passing(clock, call)
    expect(heard.length).toBeGreaterThanOrEqual(4)
    expect(heard[1]).toMatch(
      /^Waiting for a person to approve this call \([2-9A-Z]{6}\): pending\.$/,
    )
  })
})

describe('a rule of the resource', () => {
  const approval = { message: 'Add {title}?', approver: 'approver@example.com' }
  const baseUrl = 'https://emulator.test/secure-vault/'
  const resources = [{ name: 'vault', baseUrl, methods: ['GET', 'POST'], approval }]
  const operations = [
    {
      name: 'add_record',
      description: 'Adds a record.',
      method: 'POST',
      path: 'records',
      params: z.object({ title: z.string() }),
    },
    record,
  ]
  const add = { name: 'add_record', arguments: { title: 'Leak' } }

  it('makes a call resumable, and the request after the approval sends the call once', async () => {
    const { clock, emulator, factory, vaultCalls, asked } = await setUp(
      { operations },
      { resources },
    )
    await using near = await connect2026(factory)
    const first = request(near.client, add)
    await asked()
    const { resultType, requestState } = await passing(clock, first)
    expect(resultType).toBe('input_required')
    expect(vaultCalls()).toBe(0)

    emulator.control.approve()
    await passing(clock, request(near.client, { ...add, requestState }))
    const again = await request(near.client, { ...add, requestState })
    expect(again.structuredContent).toMatchObject({ code: 'approval_used' })
    expect(vaultCalls()).toBe(1)
    expect(emulator.control.approvals()).toHaveLength(1)
  })

  it('limits the wait with its own timeoutMs', async () => {
    const brief = { ...approval, timeoutMs: 12_000 }
    const { clock, factory, vaultCalls, asked } = await setUp(
      { operations },
      { resources: [{ name: 'vault', baseUrl, methods: ['POST', 'GET'], approval: brief }] },
    )
    await using near = await connect2026(factory)
    const startedAt = clock.monotonic()
    const call = request(near.client, add)
    await asked()
    let result = await passing(clock, call)
    while (result.resultType === 'input_required') {
      const { requestState } = result
      result = await passing(clock, request(near.client, { ...add, requestState }))
    }
    expect(result.structuredContent).toMatchObject({ code: 'approval_timeout' })
    expect(clock.monotonic() - startedAt).toBeLessThan(30_000)
    expect(vaultCalls()).toBe(0)
  })

  it('does not delay a call that it does not cover', async () => {
    const { emulator, factory } = await setUp({ operations }, { resources })
    await using near = await connect2026(factory)
    const result = await near.client.callTool({
      name: 'get_record',
      arguments: { id: 'rec-0001' },
    })
    expect(result.structuredContent).toMatchObject({ ok: true })
    expect(emulator.control.approvals()).toEqual([])
  })
})

describe('the fetch tool with an approval rule', () => {
  it('makes its calls resumable', async () => {
    const { approval } = releasedRecord
    const secureFetch = { approval: { ...approval, message: 'Read {endpoint}?' } }
    const { clock, emulator, factory, vaultCalls, asked } = await setUp({ secureFetch })
    await using near = await connect2026(factory)
    const read = { name: 'authsec_secure_fetch', arguments: { endpoint: 'records/rec-0001' } }
    const first = request(near.client, read)
    await asked()
    const { requestState } = await passing(clock, first)
    expect(vaultCalls()).toBe(0)
    emulator.control.approve()
    const second = await passing(clock, request(near.client, { ...read, requestState }))
    expect(second.structuredContent).toMatchObject({ ok: true, data: { id: 'rec-0001' } })
    expect(vaultCalls()).toBe(1)
  })
})

describe('a client that can ask its user', () => {
  const options = { capabilities: { elicitation: { form: {} } } }

  it('receives the code to compare, and its consent is not an approval', async () => {
    const { clock, emulator, factory, vaultCalls } = await setUp()
    await using near = await connect2026(factory, options)
    const { inputRequests, requestState } = await request(near.client)
    const [question] = emulator.control.approvals()
    const code = /\[(\w{6})\]$/.exec(question?.bindingMessage ?? '')?.[1]
    expect(inputRequests?.['approval']?.params.message).toContain(code)

    const inputResponses = { approval: { action: 'accept', content: {} } }
    const waiting = await passing(clock, request(near.client, { requestState, inputResponses }))
    expect(waiting.resultType).toBe('input_required')
    expect(waiting.inputRequests).toEqual({})
    expect(vaultCalls()).toBe(0)
  })

  it.each(['decline', 'cancel'])('gives up the call with %s', async (action) => {
    const { emulator, factory, vaultCalls } = await setUp()
    await using near = await connect2026(factory, options)
    const { requestState } = await request(near.client)
    emulator.control.approve()
    const inputResponses = { approval: { action } }
    const result = await request(near.client, { requestState, inputResponses })
    expect(result.structuredContent).toMatchObject({ ok: false, code: 'approval_cancelled' })
    expect(vaultCalls()).toBe(0)
  })
})

describe('a client of 2025', () => {
  it('waits in one request, receives progress, and receives the record after the approval', async () => {
    const { clock, emulator, factory, asked } = await setUp()
    await using near = await connect2025(factory)
    const heard: (string | undefined)[] = []
    const call = near.client.callTool(params, undefined, {
      onprogress: ({ message }) => void heard.push(message),
    })
    await asked()
    await pass(clock, 6)
    emulator.control.approve()
    expect((await passing(clock, call)).structuredContent).toMatchObject({
      ok: true,
      data: { id: 'rec-0001' },
    })
    expect(heard[0]).toBe('A person must approve this call.')
    expect(heard[1]).toMatch(
      /^Waiting for a person to approve this call \([2-9A-Z]{6}\): pending\.$/,
    )
    expect(heard.at(-1)).toMatch(/^A person approved this call \([2-9A-Z]{6}\): approved\.$/)
  })

  it('cancels the call, and a later approval sends nothing', async () => {
    const { clock, emulator, factory, vaultCalls, asked } = await setUp()
    await using near = await connect2025(factory)
    const abort = new AbortController()
    const call = near.client.callTool(params, undefined, { signal: abort.signal })
    await asked()
    abort.abort()
    await expect(call).rejects.toThrow()
    await settle()
    emulator.control.approve()
    await pass(clock, 60)
    expect(vaultCalls()).toBe(0)
  })

  it('is refused when there is nobody to ask', async () => {
    const operation = { ...releasedRecord, approval: { message: 'Show {id}?' } }
    const { factory, vaultCalls } = await setUp({ operations: [operation] })
    await using near = await connect2025(factory)
    const result = await near.client.callTool(params)
    expect(result.structuredContent).toMatchObject({ ok: false, code: 'approval_required' })
    expect(vaultCalls()).toBe(0)
  })
})

describe('the approver of a call that nobody waits for any more', () => {
  const canElicit = { capabilities: { elicitation: { form: {} } } }

  /** Whether a new call gets its question to the approver. */
  async function canAskAgain(all: Awaited<ReturnType<typeof setUp>>): Promise<boolean> {
    const before = all.emulator.control.approvals().length
    await using near = await connect2026(all.factory, canElicit)
    await request(near.client, { arguments: { id: 'rec-0009' } })
    return all.emulator.control.approvals().length > before
  }

  it('can be asked again when a waiting client cancelled its request', async () => {
    const all = await setUp()
    await using near = await connect2026(all.factory)
    const abort = new AbortController()
    const call = near.client.callTool(params, { signal: abort.signal, allowInputRequired: true })
    await all.asked()
    expect(await canAskAgain(all)).toBe(false)
    abort.abort()
    await expect(call).rejects.toThrow()
    await settle()
    expect(await canAskAgain(all)).toBe(true)
    expect(all.vaultCalls()).toBe(0)
  })

  it.each(['decline', 'cancel'])('can be asked again after %s', async (action) => {
    const all = await setUp()
    await using near = await connect2026(all.factory, canElicit)
    const { requestState } = await request(near.client)
    await request(near.client, { requestState, inputResponses: { approval: { action } } })
    expect(await canAskAgain(all)).toBe(true)
  })

  it('is still asked about the first call when another one comes back with its state', async () => {
    const all = await setUp()
    await using near = await connect2026(all.factory, canElicit)
    const { requestState } = await request(near.client)
    const edits = { requestState, arguments: { id: 'rec-0002' } }
    const inputResponses = { approval: { action: 'cancel' } }
    for (const other of [edits, { ...edits, inputResponses }]) await request(near.client, other)
    expect(await canAskAgain(all)).toBe(false)
    await all.clock.advance(121_000)
    expect(await canAskAgain(all)).toBe(true)
  })

  it('can be asked again when the time of the rule is up', async () => {
    const all = await setUp({ approvals: { maxWaitMs: 600_000 } })
    await using near = await connect2026(all.factory)
    const result = await firstRequest(all, near.client)
    expect(result.structuredContent).toMatchObject({ code: 'approval_timeout' })
    expect(await canAskAgain(all)).toBe(true)
  })

  it('can be asked again when a client did not come back in the time of the rule', async () => {
    const all = await setUp()
    await using near = await connect2026(all.factory, canElicit)
    await request(near.client)
    await all.clock.advance(60_000)
    expect(await canAskAgain(all)).toBe(false)
    await all.clock.advance(61_000)
    expect(await canAskAgain(all)).toBe(true)
  })

  it('is not rung without end by a client that cancels each of its calls', async () => {
    const all = await setUp()
    await using near = await connect2026(all.factory, canElicit)
    for (let count = 0; count < 20; count++) {
      const { requestState } = await request(near.client)
      const inputResponses = { approval: { action: 'cancel' } }
      if (requestState) await request(near.client, { requestState, inputResponses })
      await all.clock.advance(1_000)
    }
    expect(all.emulator.control.approvals()).toHaveLength(3)
    await all.clock.advance(600_000)
    expect(await canAskAgain(all)).toBe(true)
  })
})
