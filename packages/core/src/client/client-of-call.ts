import { ConfigError } from '../errors.ts'
import { invalidOption } from '../options/option-checks.ts'
import { assertClient } from './assert-client.ts'
import type { AuthSecClient } from './client.ts'

/** Names the agent that acts in a call, from what the framework says about the call and never from the model. */
export type ClientOf<Call> = (call: Call) => AuthSecClient | undefined

/**
 * The client that a function of the program named for a call. There is no other one for a call without: whoever acts
 * for many agents must not act as one of them by mistake. Throws `ConfigError` when the function returns nothing or
 * something else, and when it throws; what it threw may quote a secret, and is not repeated.
 *
 * @param owner - Whose function it is, for errors. Default: the tool's.
 *
 * @example
 * ```ts
 * import type { AuthSecClient } from '@authsec/core'
 * import { namedClient } from '@authsec/core/adapter'
 *
 * export function clientIn(context: { client?: AuthSecClient }): AuthSecClient {
 *   return namedClient(({ client }) => client, context)
 * }
 * ```
 */
export function namedClient<Call>(
  clientOf: ClientOf<Call>,
  call: Call,
  owner = 'the tool',
): AuthSecClient {
  const client = namedClientOrNobody(clientOf, call, owner)
  if (client) return client
  throw invalidOption(
    whatOf(owner),
    'is no client, so nothing was done',
    'Return the client of the agent that acts in this call, and give the run what the function reads, also when it is resumed.',
  )
}

/**
 * The same where the function may say that it knows nobody, by `undefined` or `null`: the adapter then refuses the call,
 * and never lets somebody else act.
 *
 * @example
 * ```ts
 * import type { AuthSecClient } from '@authsec/core'
 * import { namedClientOrNobody } from '@authsec/core/adapter'
 *
 * export function knows(clients: ReadonlyMap<string, AuthSecClient>, subject: string): boolean {
 *   return namedClientOrNobody((name: string) => clients.get(name), subject) !== undefined
 * }
 * ```
 */
export function namedClientOrNobody<Call>(
  clientOf: ClientOf<Call>,
  call: Call,
  owner = 'the tool',
): AuthSecClient | undefined {
  const returned = returnedBy(clientOf, call, owner)
  const what = whatOf(owner)
  if (returned === undefined || returned === null) return undefined
  if (returned instanceof Promise) {
    // Nobody else waits for it, and a rejection that nobody handles ends the process.
    returned.catch(() => undefined)
    throw invalidOption(
      what,
      'is a promise, not a client',
      'Look the client up before the run, and return it at once.',
    )
  }
  assertClient(returned, what)
  return returned
}

const whatOf = (owner: string): string => `What the function \`client\` of ${owner} returned`

function returnedBy<Call>(clientOf: ClientOf<Call>, call: Call, owner: string): unknown {
  try {
    return clientOf(call)
  } catch (cause) {
    // A pool that is closed says so in its own words.
    if (ConfigError.isInstance(cause)) throw cause
    throw new ConfigError({
      code: 'config_invalid',
      message: `The function \`client\` of ${owner} threw an error.`,
      hint: 'Catch the error inside the function to see it: its text may quote a secret, so it is not repeated here.',
      cause,
    })
  }
}
