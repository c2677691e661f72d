import type { Sink } from './sink.ts'

/** Lines that a function has not yet taken. More are lost, rather than kept in memory. */
const MOST_PENDING = 10_000

/** A sink that is a function of the developer's. It may answer with a promise. */
export function createFunctionSink(write: (line: string) => void | Promise<void>): Sink {
  const pending = new Set<Promise<void>>()
  let isOpen = false
  let last: Promise<void> | undefined

  return {
    get isOpen() {
      return isOpen
    },
    open() {
      isOpen = true
    },
    room: Number.POSITIVE_INFINITY,
    append(line) {
      if (pending.size >= MOST_PENDING) throw new Error('The function takes no more lines.')
      const written: unknown = write(line)
      last = isThenable(written) ? track(written) : undefined
    },
    settle: () => last,
    async flush() {
      const failed = (await Promise.allSettled(pending)).find(({ status }) => status === 'rejected')
      if (failed) throw Reflect.get(failed, 'reason')
    },
    close() {
      isOpen = false
    },
  }

  function track(written: PromiseLike<unknown>): Promise<void> {
    const tracked = Promise.resolve(written).then(() => undefined)
    pending.add(tracked)
    const forget = (): void => void pending.delete(tracked)
    tracked.then(forget, forget)
    return tracked
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof Object(value).then === 'function'
}
