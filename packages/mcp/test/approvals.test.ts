import {
  createFakeClock,
  type FakeClock,
  inProcessClient,
  inProcessEmulator,
  settle,
} from '@authsec-internal/test-kit'
import type { Client } from '@modelcontextprotocol/client'
import { describe, expect, it, vi } from 'vitest'
import { type AuthSecMcpServerOptions, createAuthSecMcpServerFactory } from '../src/index.ts'
import { connect2025, connect2026 } from './support/clients.ts'
import { record, records, releasedRecord } from './support/vault.ts'

async function setUp(options: Partial<AuthSecMcpServerOptions> = {}, permissions?: string[]) {
  const clock = createFakeClock(Date.now())
  const emulator = inProcessEmulator({ clock, ...(permissions && { permissions }) })
  const client = inProcessClient(emulator, { clock })
  // Making keys takes real time, in which the test's clock must not run.
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

/** One round, without the client's own loop. */
function round(client: Client, more: object = {}): Promise<Result> {
  return client.callTool({ ...params, ...more }, { allowInputRequired: true }) as Promise<Result>
}

/** Lets time pass, in steps that leave room for what takes real time, until there is a result. */
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

async function firstRound(
  { clock, asked }: { clock: FakeClock; asked(): Promise<void> },
  client: Client,
): Promise<Result> {
  const call = round(client)
  await asked()
  return passing(clock, call)
}

/** The same for a while, whatever happens. */
async function pass(clock: FakeClock, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    await clock.advance(1_000)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

describe('a client that can be told to come again', () => {
  it('gets the record in the round after a person said yes', async () => {
    const { clock, emulator, factory, vaultCalls, asked } = await setUp()
    await using near = await connect2026(factory)
    const first = await firstRound({ clock, asked }, near.client)
    const { resultType, requestState, inputRequests } = first
    expect({ resultType, inputRequests }).toEqual({
      resultType: 'input_required',
      inputRequests: {},
    })
    expect(vaultCalls()).toBe(0)

    emulator.control.approve()
    const second = await passing(clock, round(near.client, { requestState }))
    expect(second.structuredContent).toMatchObject({ ok: true, data: { id: 'rec-0001' } })
    expect(vaultCalls()).toBe(1)
    expect(emulator.control.approvals()).toHaveLength(1)
  })

  it('comes again by itself, in the official SDK', async () => {
    const { clock, emulator, factory, asked } = await setUp({ approvals: { roundMs: 1_000 } })
    await using near = await connect2026(factory)
    const call = near.client.callTool(params)
    await asked()
    await pass(clock, 3)
    emulator.control.approve()
    const result = await passing(clock, call)
    expect(result.structuredContent).toMatchObject({ ok: true })
  })

  it('is refused after a no, and nobody is asked again for a while', async () => {
    const { clock, emulator, factory, vaultCalls, asked } = await setUp()
    await using near = await connect2026(factory)
    const first = round(near.client)
    await asked()
    emulator.control.deny()
    expect((await passing(clock, first)).structuredContent).toMatchObject({
      ok: false,
      code: 'approval_denied',
    })
    const again = await round(near.client)
    expect(again.structuredContent).toMatchObject({ code: 'approval_rate_limited' })
    expect(emulator.control.approvals()).toHaveLength(1)
    expect(vaultCalls()).toBe(0)
  })

  it('is refused when nobody answers', async () => {
    const { clock, factory, vaultCalls, asked } = await setUp({ approvals: { roundMs: 600_000 } })
    await using near = await connect2026(factory)
    const result = await firstRound({ clock, asked }, near.client)
    expect(result.structuredContent).toMatchObject({ code: 'approval_timeout' })
    expect(vaultCalls()).toBe(0)
  })

  it('is done within the rounds of the official clients, however long a person may take', async () => {
    const approval = { message: 'Show?', approver: 'approver@example.com', timeoutMs: 280_000 }
    const { clock, factory, asked } = await setUp({ operations: [{ ...releasedRecord, approval }] })
    await using near = await connect2026(factory)
    let result = await firstRound({ clock, asked }, near.client)
    let rounds = 1
    for (; result.resultType === 'input_required'; rounds++) {
      const { requestState } = result
      result = await passing(clock, round(near.client, { requestState }))
    }
    expect(result.structuredContent).toMatchObject({ code: 'approval_timeout' })
    expect(rounds).toBeLessThanOrEqual(10)
  })

  it('cannot use a state twice', async () => {
    const { clock, emulator, factory, vaultCalls, asked } = await setUp()
    await using near = await connect2026(factory)
    const { requestState } = await firstRound({ clock, asked }, near.client)
    emulator.control.approve()
    const twice = [round(near.client, { requestState }), round(near.client, { requestState })]
    const codes = (await passing(clock, Promise.all(twice))).map(
      (result) => result.structuredContent?.['code'],
    )
    expect(codes).toContain('approval_expired')
    const later = await round(near.client, { requestState })
    expect(later.structuredContent).toMatchObject({ code: 'approval_expired' })
    expect(vaultCalls()).toBe(1)
  })

  it('cannot use a yes for another call', async () => {
    const { clock, emulator, factory, vaultCalls, asked } = await setUp()
    await using near = await connect2026(factory)
    const { requestState } = await firstRound({ clock, asked }, near.client)
    emulator.control.approve()
    const other = await round(near.client, { requestState, arguments: { id: 'rec-0002' } })
    expect(other.structuredContent).toMatchObject({ code: 'approval_mismatch' })
    const same = await round(near.client, { requestState })
    expect(same.structuredContent).toMatchObject({ code: 'approval_expired' })
    expect(vaultCalls()).toBe(0)
  })

  it.each([
    ['made up', () => 'v1.eyJwIjp7ImlkIjoieCJ9fQ.AAAA'],
    ['altered', (state: string) => `${state.slice(0, -4)}AAAA`],
  ])('cannot use a state that is %s', async (_what, forge) => {
    const { clock, factory, vaultCalls, asked } = await setUp()
    await using near = await connect2026(factory)
    const requestState = forge((await firstRound({ clock, asked }, near.client)).requestState ?? '')
    await expect(round(near.client, { requestState })).rejects.toThrow(
      /Invalid or expired requestState/,
    )
    expect(vaultCalls()).toBe(0)
  })

  it('carries nothing in the state that is worth reading', async () => {
    const { clock, emulator, factory, asked } = await setUp()
    await using near = await connect2026(factory)
    const { requestState = '' } = await firstRound({ clock, asked }, near.client)
    const [, body = ''] = requestState.split('.')
    const state = JSON.parse(Buffer.from(body, 'base64url').toString('utf8'))
    expect(Object.keys(state.p)).toEqual(['id', 'digest'])
    const authReqIds = emulator.control.approvals().map((approval) => JSON.stringify(approval))
    expect(authReqIds.join()).not.toContain(state.p.id)
  })

  it('ends the wait by cancelling the call; nothing is sent after a late yes', async () => {
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

  it('that vanishes between two rounds leaves nothing behind', async () => {
    const { clock, emulator, factory, vaultCalls, asked } = await setUp()
    const near = await connect2026(factory)
    await firstRound({ clock, asked }, near.client)
    await near[Symbol.asyncDispose]()
    emulator.control.approve()
    await pass(clock, 130)
    expect(vaultCalls()).toBe(0)
    expect(clock.pending).toBe(0)
  })

  it('is refused what it has no permission for, before anybody is asked', async () => {
    const operation = { ...records, approval: releasedRecord.approval }
    const { emulator, factory } = await setUp({ operations: [operation] }, ['metrics:read'])
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
    const result = await round(near.client, { arguments: args })
    expect(result.structuredContent).toMatchObject({ code })
    expect(emulator.control.approvals()).toEqual([])
  })

  it('is not held up when the rule does not want this call approved', async () => {
    const approval = {
      message: 'Show?',
      when: ({ values }: { values: Readonly<Record<string, unknown>> }) =>
        values['id'] !== 'rec-0001',
    }
    const { emulator, factory } = await setUp({ operations: [{ ...releasedRecord, approval }] })
    await using near = await connect2026(factory)
    expect((await round(near.client)).structuredContent).toMatchObject({ ok: true })
    expect(emulator.control.approvals()).toEqual([])
  })

  it('hears of progress while it waits', async () => {
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
    expect(heard[0]).toMatch(/Waiting for a person to approve this call \([2-9A-Z]{6}\)/)
  })
})

describe('a client that can ask its user', () => {
  const options = { capabilities: { elicitation: { form: {} } } }

  it('is shown the code to compare, and its yes is no approval', async () => {
    const { clock, emulator, factory, vaultCalls } = await setUp()
    await using near = await connect2026(factory, options)
    const { inputRequests, requestState } = await round(near.client)
    const [question] = emulator.control.approvals()
    const code = /\[(\w{6})\]$/.exec(question?.bindingMessage ?? '')?.[1]
    expect(inputRequests?.['approval']?.params.message).toContain(code)

    const inputResponses = { approval: { action: 'accept', content: {} } }
    const waiting = await passing(clock, round(near.client, { requestState, inputResponses }))
    expect(waiting.resultType).toBe('input_required')
    expect(waiting.inputRequests).toEqual({})
    expect(vaultCalls()).toBe(0)
  })

  it.each(['decline', 'cancel'])('gives the call up with %s', async (action) => {
    const { emulator, factory, vaultCalls } = await setUp()
    await using near = await connect2026(factory, options)
    const { requestState } = await round(near.client)
    emulator.control.approve()
    const inputResponses = { approval: { action } }
    const result = await round(near.client, { requestState, inputResponses })
    expect(result.structuredContent).toMatchObject({ ok: false, code: 'approval_cancelled' })
    expect(vaultCalls()).toBe(0)
  })
})

describe('an old client', () => {
  it('waits in the one call, hears of progress, and gets the record after a yes', async () => {
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
    expect(heard[0]).toMatch(/Waiting for a person/)
  })

  it('that cancels has nothing sent after a late yes', async () => {
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
