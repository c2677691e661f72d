import { assertClient } from '../client/assert-client.ts'
import type { AuthSecClient } from '../client/client.ts'
import { ConfigError } from '../errors.ts'
import { invalidOption } from '../options/option-checks.ts'

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
  const returned = returnedBy(clientOf, call, owner)
  const what = `What the function \`client\` of ${owner} returned`
  if (returned === undefined || returned === null) {
    throw invalidOption(
      what,
      'is no client, so nothing was done',
      'Return the client of the agent that acts in this call, and give the run what the function reads, also when it is resumed.',
    )
  }
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
