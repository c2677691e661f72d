import { weakReference } from '../platform/garbage.ts'
import type { Clock } from '../support/clock.ts'
import { delegationError } from '../token/delegation-errors.ts'
import { isClosed } from './assemble-client.ts'
import type { AuthSecClient } from './client.ts'
import { type ClientOverrides, givenOverrides, overridesKey } from './client-overrides.ts'

/** The clients of many agents in one process. Created by `createAuthSecPool`. */
export interface AuthSecPool extends AsyncDisposable {
  /**
   * The client of an agent: the same one for the same client ID and overrides, until it is closed, was not asked
   * for within `idleMs`, or `maxClients` others were asked for since. Who still holds it then goes on with it.
   *
   * @throws ConfigError - for a client ID or an override that cannot be used.
   * @throws DelegationError - `client_closed` after `close()`.
   */
  client(clientId: string, overrides?: ClientOverrides): AuthSecClient
  /** How many clients are kept. */
  readonly size: number
  /** Closes all clients, also those that are not kept any more, and ends what is under way. */
  close(): Promise<void>
}

export interface PoolLimits {
  readonly maxClients: number
  readonly idleMs: number
  readonly clock: Clock
  /** Takes back what the pool named as the limit of the process. */
  readonly leave?: (() => void) | undefined
}

interface Kept {
  readonly client: AuthSecClient
  usedAt: number
}

/** Keeps the clients that were asked for last. `make` gets a canonical client ID. */
export function createClientPool(
  { maxClients, idleMs, clock, leave }: PoolLimits,
  canonicalId: (clientId: string) => string,
  make: (clientId: string, overrides: ClientOverrides) => AuthSecClient,
): AuthSecPool {
  /** In the order of their last use. */
  const kept = new Map<string, Kept>()
  const dropped = createDropped()
  let closed = false

  function clientOf(clientId: string, overrides: ClientOverrides = {}): AuthSecClient {
    if (closed) throw poolClosed()
    const id = canonicalId(clientId)
    const given = givenOverrides(overrides, 'the overrides of a client')
    const key = id + overridesKey(given)
    const now = clock.monotonic()
    const known = kept.get(key)
    kept.delete(key)
    const client = known && !isClosed(known.client) ? known.client : make(id, given)
    kept.set(key, { client, usedAt: now })
    dropUnused(now)
    return client
  }

  function dropUnused(now: number): void {
    for (const [key, { client, usedAt }] of kept) {
      if (kept.size <= maxClients && usedAt + idleMs > now) return
      kept.delete(key)
      dropped.add(client)
    }
  }

  async function close(): Promise<void> {
    closed = true
    const clients = [...[...kept.values()].map(({ client }) => client), ...dropped.alive()]
    kept.clear()
    leave?.()
    await Promise.all(clients.map((client) => client.close()))
  }

  return Object.freeze({
    client: clientOf,
    get size() {
      return kept.size
    },
    close,
    [Symbol.asyncDispose]: close,
  })
}

/** Clients that are not handed out any more. Somebody may still hold them; nobody must hold them for the pool. */
function createDropped(): { add(client: AuthSecClient): void; alive(): AuthSecClient[] } {
  let clients: ReturnType<typeof weakReference<AuthSecClient>>[] = []
  let most = 1_000
  const alive = (): AuthSecClient[] => clients.flatMap((one) => one.deref() ?? [])
  return {
    add(client) {
      clients.push(weakReference(client))
      if (clients.length < most) return
      clients = clients.filter((one) => one.deref() !== undefined)
      most = Math.max(1_000, 2 * clients.length)
    },
    alive,
  }
}

function poolClosed(): Error {
  return delegationError('client_closed', {
    message: 'This AuthSec pool has been closed.',
    hint: 'Create a new pool, or close it later.',
  })
}
