import { processEnv, readEnvironment } from '../config/environment.ts'
import type { AuthSecClient } from './client.ts'
import { createAuthSecClientFromEnv } from './client-from-env.ts'

/** By the settings they were made from. A process has one set of settings, its tests a few. */
const clients = new Map<string, AuthSecClient>()
const closed = new WeakSet<AuthSecClient>()

const MAX_CLIENTS = 16

/**
 * The client that everything without a client of its own shares: one for each process and environment,
 * made at its first use. So all tools have one token, one budget, one limit for each approver and, in
 * mock mode, one emulator. After a change of the variables that `createAuthSecClientFromEnv` reads, and
 * after `close()`, the next call returns another one.
 *
 * @throws ConfigError - for a missing or contradictory variable, at each call until it is mended.
 *
 * @example
 * ```ts
 * import { defaultClient } from '@authsec/core/adapter'
 *
 * console.log(defaultClient() === defaultClient())
 * ```
 */
export function defaultClient(): AuthSecClient {
  const settings = JSON.stringify(readEnvironment(processEnv()))
  const known = clients.get(settings)
  if (known) return known
  const client = createSharedClient(settings)
  clients.set(settings, client)
  // The oldest is forgotten, not closed: somebody may still hold it.
  if (clients.size > MAX_CLIENTS) clients.delete(clients.keys().next().value ?? settings)
  return client
}

/**
 * A function that returns the default client of its first call, for one tool or reader, and another one
 * only after that was closed. What began live never continues as mock when a variable changes.
 *
 * @example
 * ```ts
 * import { keepDefaultClient } from '@authsec/core/adapter'
 *
 * const clientOf = keepDefaultClient()
 * export const metrics = () => clientOf().secureFetch({ endpoint: 'metrics' })
 * ```
 */
export function keepDefaultClient(): () => AuthSecClient {
  let held: AuthSecClient | undefined
  return () => {
    if (!held || closed.has(held)) held = defaultClient()
    return held
  }
}

/** A client that is no longer handed out once it is closed. */
function createSharedClient(settings: string): AuthSecClient {
  const client = createAuthSecClientFromEnv()
  const close = (): Promise<void> => {
    closed.add(shared)
    if (clients.get(settings) === shared) clients.delete(settings)
    return client.close()
  }
  const shared: AuthSecClient = Object.freeze({ ...client, close, [Symbol.asyncDispose]: close })
  return shared
}
