import { processEnv, readEnvironment } from '../config/environment.ts'
import { isClosed } from './assemble-client.ts'
import type { AuthSecClient } from './client.ts'
import { createAuthSecClientFromEnv } from './client-from-env.ts'

/** By the settings they were made from. A process has one set of settings, its tests a few. */
const clients = new Map<string, AuthSecClient>()

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
  if (known && !isClosed(known)) return known
  const client = createAuthSecClientFromEnv()
  clients.delete(settings)
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
    if (!held || isClosed(held)) held = defaultClient()
    return held
  }
}
