import { expect, vi } from 'vitest'

interface TimeoutClock {
  setTimeout(callback: () => void, ms: number, options?: { keepAlive?: boolean }): () => void
}

/** Checks a system clock where timers are numbers, as in browsers and jsdom: they fire, and can be cancelled. */
export async function expectNumberedTimersToWork(clock: TimeoutClock): Promise<void> {
  const { setTimeout: start, clearTimeout: stop } = globalThis
  const timers = new Map<unknown, NodeJS.Timeout>()
  vi.stubGlobal('setTimeout', (callback: () => void, ms: number) => {
    const id = timers.size + 1
    timers.set(id, start(callback, ms))
    return id
  })
  vi.stubGlobal('clearTimeout', (id: unknown) => stop(timers.get(id)))
  try {
    for (const options of [undefined, {}, { keepAlive: true }, { keepAlive: false }]) {
      await new Promise<void>((resolve) => clock.setTimeout(resolve, 1, options))
      const called = vi.fn()
      clock.setTimeout(called, 1, options)()
      await new Promise((resolve) => start(resolve, 5))
      expect(called).not.toHaveBeenCalled()
    }
    expect(timers.size).toBe(8)
  } finally {
    vi.unstubAllGlobals()
  }
}
