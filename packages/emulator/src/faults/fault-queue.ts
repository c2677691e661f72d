import type { Fault, FaultOptions } from './fault.ts'
import { checkFault, checkFaultOptions } from './fault-checks.ts'

/** A fault that waits for requests. */
export interface PendingFault {
  readonly fault: Fault
  /** Absent when it applies to any path. */
  readonly path?: string | RegExp
  /** How many more requests it applies to. `Infinity` lasts until `clearFaults()`. */
  readonly times: number
}

/** The pending faults. Each request takes the oldest one that matches it. */
export interface FaultQueue {
  add(fault: Fault, options?: FaultOptions): void
  clear(): void
  /** What waits for requests, oldest first. */
  list(): readonly PendingFault[]
  /** Returns the fault for a request to this path, and counts it as used once. */
  take(path: string): Fault | undefined
}

export const DELEGATION_PATH = '/authsec/uflow/sdk/delegation-token'

/** Where clients poll for approvals, in each flow. */
const POLL_PATH = /^\/authsec\/uflow\/auth\/(?:(?:tenant|workspace)\/)?ciba\/token$/

/** The default paths of the faults that only one endpoint can have. */
const DEFAULT_PATHS: { readonly [Kind in Fault['kind']]?: string | RegExp } = {
  wrong_client: DELEGATION_PATH,
  expired_token: DELEGATION_PATH,
  no_expiry: DELEGATION_PATH,
  unsigned: DELEGATION_PATH,
  reuse_approval: POLL_PATH,
}

export function createFaultQueue(): FaultQueue {
  let waiting: { fault: Fault; path: string | RegExp | undefined; times: number }[] = []
  return {
    add(fault, options = {}) {
      checkFault(fault)
      checkFaultOptions(options)
      const { times = 1, path = DEFAULT_PATHS[fault.kind] } = options
      waiting.push({ fault, path, times })
    },
    clear() {
      waiting = []
    },
    list: () =>
      waiting.map(({ fault, path, times }) => ({
        ...{ fault, times },
        ...(path !== undefined && { path }),
      })),
    take(path) {
      const entry = waiting.find((one) => one.times > 0 && matches(one.path, path))
      if (!entry) return undefined
      entry.times -= 1
      waiting = waiting.filter(({ times }) => times > 0)
      return entry.fault
    },
  }
}

function matches(wanted: string | RegExp | undefined, path: string): boolean {
  if (wanted === undefined) return true
  // `search` ignores the position that a global expression keeps between two matches.
  return typeof wanted === 'string' ? wanted === path : path.search(wanted) !== -1
}
