import { type Clock, delay } from '../support/clock.ts'

/**
 * Group commit: one sync serves all that was written before it begins. The returned function resolves when what
 * is written by now is on the disk, and rejects when that sync fails.
 *
 * @param waitMs - What is waited for company before a sync.
 */
export function createGroupCommit(
  sync: () => Promise<void>,
  clock: Clock,
  waitMs: number,
): () => Promise<void> {
  let running: Promise<void> = Promise.resolve()
  let next: Promise<void> | undefined

  async function commitNext(): Promise<void> {
    await running.catch(() => undefined)
    if (waitMs > 0) await delay(clock, waitMs, { keepAlive: false })
    // What is written from here on belongs to the next one.
    running = sync()
    next = undefined
    return running
  }

  return () => {
    next ??= commitNext()
    return next
  }
}
