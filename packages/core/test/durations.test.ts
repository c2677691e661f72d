import type { Emulator } from '@authsec/emulator'
import { rejection, testClient, testEmulator } from '@authsec-internal/test-kit'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { delay, systemClock } from '../src/support/clock.ts'

let emulator: Emulator
beforeAll(async () => {
  emulator = await testEmulator()
})
afterAll(() => emulator.close())

const LONGEST = 2_147_483_647
const wrong = [
  2_592_000_000,
  LONGEST + 1,
  Number.POSITIVE_INFINITY,
  Number.NaN,
  0,
  -1,
  '1000',
  null,
]

describe('a duration that no timer can take', () => {
  it.each(wrong)('is refused in a call, which names the bound: %s', async (value) => {
    const client = testClient(emulator)
    const timeoutMs = value as number
    const request = { endpoint: 'metrics', timeoutMs }
    const question = { approver: 'approver@example.com', message: 'Really?', timeoutMs }
    const approval = { message: 'Really?', timeoutMs }
    const calls: readonly (() => Promise<unknown>)[] = [
      () => client.secureFetch(request),
      () => client.plan(request),
      () => client.secureFetch({ endpoint: 'metrics', approval }),
      () => client.requestApproval(question),
      () => client.fetch(`${emulator.vaultUrl}metrics`, {}, { timeoutMs }),
      () => client.fetch(`${emulator.vaultUrl}metrics`, {}, { idleTimeoutMs: timeoutMs }),
      () => client.fetch(`${emulator.vaultUrl}metrics`, {}, { approval }),
    ]
    for (const call of calls) {
      const error = await rejection(call())
      expect(error).toMatchObject({ name: 'ConfigError', code: 'config_invalid' })
      expect(error.message).toMatch(/imeoutMs must be .*2147483647/)
    }
  })

  it.each([1, 5_000, LONGEST])('is not %i ms, with which a call is sent', async (timeoutMs) => {
    const client = testClient(emulator, { timeoutMs: Math.max(timeoutMs, 5_000) })
    await client.getDelegationToken()
    const call = client.secureFetch({ endpoint: 'metrics', timeoutMs })
    if (timeoutMs === 1) return void (await call.catch(() => undefined))
    expect(await call).toMatchObject({ status: 200 })
  })
})

describe('the system clock', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  it.each([LONGEST + 1, LONGEST + 250, 2_592_000_000, 3 * LONGEST + 5])(
    'waits for %i ms, which is longer than a timer of Node, and not for one',
    async (ms) => {
      vi.useFakeTimers()
      let fired = 0
      systemClock.setTimeout(() => {
        fired += 1
      }, ms)
      await vi.advanceTimersByTimeAsync(ms - 1)
      expect(fired).toBe(0)
      await vi.advanceTimersByTimeAsync(1)
      expect(fired).toBe(1)
    },
  )

  it('never calls back after an infinite time, and cancels in any part of a long one', async () => {
    vi.useFakeTimers()
    let fired = 0
    const count = (): void => {
      fired += 1
    }
    systemClock.setTimeout(count, Number.POSITIVE_INFINITY)
    const cancel = systemClock.setTimeout(count, 2 * LONGEST, { keepAlive: false })
    await vi.advanceTimersByTimeAsync(LONGEST + 1)
    cancel()
    await vi.advanceTimersByTimeAsync(4 * LONGEST)
    expect(fired).toBe(0)
    vi.clearAllTimers()
  })

  it('delays by a short time as before', async () => {
    vi.useFakeTimers()
    const done = delay(systemClock, 250)
    await vi.advanceTimersByTimeAsync(250)
    await done
  })
})
