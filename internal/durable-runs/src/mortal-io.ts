import type { AuthSecStore, FetchLike } from '@authsec/core'
import type { Activity } from './passing.ts'

/** When a process is killed: before or after its nth request or store access from now on. */
interface Death {
  readonly at: number
  readonly when: 'before' | 'after'
}

/** An answer of the network that is lost. */
interface Loss {
  readonly path: RegExp
  /** Whether the server saw the request. */
  readonly handled: boolean
}

/** The input and output of one process, which ends when the process is killed. */
export interface MortalIo {
  readonly fetch: FetchLike
  readonly store: AuthSecStore
  /** Resolves when the process is dead. */
  readonly died: Promise<void>
  readonly isDead: boolean
  killAt(death: Death): void
  lose(loss: Loss): void
  /** The process has survived so far, and no fault is left. */
  calm(): void
}

const forEver = (): Promise<never> => new Promise(() => undefined)

export function createMortalIo(
  outside: { readonly fetch: FetchLike; readonly store: AuthSecStore },
  activity: Activity,
  jitter: () => Promise<void>,
): MortalIo {
  const death = Promise.withResolvers<void>()
  let isDead = false
  let left = Number.POSITIVE_INFINITY
  let when: Death['when'] = 'before'
  let losses: Loss[] = []

  function die(): void {
    isDead = true
    death.resolve()
  }

  async function access<T>(work: () => Promise<T>): Promise<T> {
    if (isDead) return forEver()
    activity.underWay += 1
    try {
      await jitter()
      left -= 1
      const isLast = left === 0
      if (isLast && when === 'before') die()
      if (isDead) return forEver()
      const result = await work()
      if (isLast) die()
      return isDead ? forEver() : result
    } finally {
      activity.underWay -= 1
      activity.lastAt = performance.now()
    }
  }

  const fetch: FetchLike = (input, init) =>
    access(async () => {
      const { pathname } = new URL(input)
      const loss = losses.find(({ path }) => path.test(pathname))
      losses = losses.filter((one) => one !== loss)
      if (loss && !loss.handled) throw connectionLost()
      const response = await outside.fetch(input, init)
      if (!loss) return response
      await response.body?.cancel()
      throw connectionLost()
    })

  const { store } = outside
  return {
    fetch,
    store: {
      get: (key) => access(() => store.get(key)),
      set: (key, value, ttlMs) => access(() => store.set(key, value, ttlMs)),
      delete: (key) => access(() => store.delete(key)),
      claim: (id, ttlMs) => access(() => store.claim(id, ttlMs)),
    },
    died: death.promise,
    get isDead() {
      return isDead
    },
    killAt(next) {
      left = next.at
      when = next.when
    },
    lose(loss) {
      losses.push(loss)
    },
    calm() {
      left = Number.POSITIVE_INFINITY
      losses = []
    },
  }
}

/** As undici's fetch fails. */
function connectionLost(): TypeError {
  const cause = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })
  return new TypeError('fetch failed', { cause })
}
