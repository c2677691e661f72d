import { testClient, testEmulator } from '@authsec-internal/test-kit'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createTurns } from '../src/approvers/turns.ts'
import { type Clock, systemClock } from '../src/support/clock.ts'

const fetch = (url: string, init: RequestInit): Promise<Response> => globalThis.fetch(url, init)

afterEach(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

const REFUSAL =
  'Cannot perform I/O on behalf of a different request. I/O objects (such as streams …'

const inWorkers = (): void => {
  vi.stubGlobal('navigator', { userAgent: 'Cloudflare-Workers' })
}

describe('where timers and requests end with the request in which they began', () => {
  it('clients of one agent share no request for the token', async () => {
    await using emulator = await testEmulator()
    const asked = (): number =>
      emulator.requests.filter(({ path }) => path.includes('delegation-token')).length
    const call = async (): Promise<void> => {
      const clients = [testClient(emulator, { fetch }), testClient(emulator, { fetch })]
      await Promise.all(clients.map((client) => client.getDelegationToken()))
      await Promise.all(clients.map((client) => client.close()))
    }
    await call()
    expect(asked()).toBe(1)
    inWorkers()
    await call()
    expect(asked()).toBe(3)
  })

  it('a client for all requests says that each needs one of its own', async () => {
    inWorkers()
    await using emulator = await testEmulator()
    let isOther = false
    // Both timers and signals belong to a request.
    const { throwIfAborted } = AbortSignal.prototype
    vi.spyOn(AbortSignal.prototype, 'throwIfAborted').mockImplementation(function (
      this: AbortSignal,
    ) {
      if (isOther) throw new Error(REFUSAL)
      throwIfAborted.call(this)
    })
    const clock: Clock = {
      ...systemClock,
      setTimeout(...args) {
        if (isOther) throw new Error(REFUSAL)
        return systemClock.setTimeout(...args)
      },
    }
    const slowly = async (url: string, init: RequestInit): Promise<Response> => {
      await new Promise((resolve) => setTimeout(resolve, 100))
      return fetch(url, init)
    }
    const client = testClient(emulator, { fetch: slowly, clock })
    const first = client.getDelegationToken()
    await new Promise((resolve) => setTimeout(resolve, 20))
    isOther = true
    const calls = await Promise.allSettled([
      client.getDelegationToken(),
      client.secureFetch({ endpoint: 'metrics' }),
      client.plan({ endpoint: 'metrics' }),
    ])
    for (const call of calls) {
      expect(call).toMatchObject({
        reason: {
          name: 'ConfigError',
          code: 'config_invalid',
          hint: expect.stringMatching(/inside of the handler/),
        },
      })
    }
    isOther = false
    expect(await first).toMatchObject({ value: expect.any(String) })
    expect(await client.secureFetch({ endpoint: 'metrics' })).toMatchObject({ status: 200 })
  })

  it('one client that is closed leaves the token of the others alone', async () => {
    inWorkers()
    await using emulator = await testEmulator()
    const [one, other] = [testClient(emulator, { fetch }), testClient(emulator, { fetch })]
    await Promise.all([one.getDelegationToken(), other.getDelegationToken()])
    await one.close()
    expect(await other.secureFetch({ endpoint: 'metrics' })).toMatchObject({ status: 200 })
  })

  it('a wait for a person goes on when an earlier request has ended with its timers', async () => {
    inWorkers()
    await using emulator = await testEmulator({
      users: ['approver@example.com', 'second@example.com'],
    })
    let isEnded = true
    const clock: Clock = {
      ...systemClock,
      setTimeout: (...args) => (isEnded ? () => undefined : systemClock.setTimeout(...args)),
    }
    const ask = (approver: string): Promise<unknown> =>
      testClient(emulator, { fetch, clock }).requestApproval({ approver, message: 'Go on?' })
    ask('approver@example.com').catch(() => undefined)
    await vi.waitFor(() => expect(emulator.control.approvals()).toHaveLength(1))
    await new Promise((resolve) => setTimeout(resolve, 50))
    isEnded = false
    emulator.control.scriptApproval('deny')
    await expect(ask('second@example.com')).rejects.toMatchObject({ code: 'approval_denied' })
  })

  it('whoever waits for an approver and is gone keeps the place for no longer than the wait', async () => {
    let now = 0
    const timers = new Set<{ at: number; callback: () => void }>()
    let isGone = false
    const clock: Clock = {
      now: () => now,
      monotonic: () => now,
      setTimeout(callback, ms) {
        const timer = { at: now + ms, callback }
        if (!isGone) timers.add(timer)
        return () => void timers.delete(timer)
      },
    }
    const pass = async (ms: number): Promise<void> => {
      for (let left = ms; left > 0; left -= 100) {
        now += 100
        for (const timer of timers) if (timer.at <= now && timers.delete(timer)) timer.callback()
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    const turns = createTurns(clock)
    let isFree = false
    const wait = (ms: number, signal?: AbortSignal): Promise<string> =>
      turns.wait({
        ms,
        signal,
        tooLate: () => new Error('too late'),
        tryNow: () => (isFree ? { done: 'asked' } : { pauseMs: 60_000 }),
      })
    isGone = true
    vi.spyOn(Promise, 'withResolvers').mockReturnValueOnce({
      promise: new Promise(() => undefined),
      resolve: () => undefined,
      reject: () => undefined,
    })
    for (let lost = 0; lost < 3; lost++) void wait(5_000).catch(() => undefined)
    isGone = false
    expect(turns.waiting).toBe(3)
    const late = wait(4_000).catch(({ message }: Error) => message)
    const next = wait(20_000)
    isFree = true
    await pass(7_000)
    expect(await Promise.race([late, 'waits'])).toBe('too late')
    expect(await Promise.race([next, 'waits'])).toBe('asked')
    expect(turns.waiting).toBe(0)
    expect(await wait(1_000)).toBe('asked')
  })
})
