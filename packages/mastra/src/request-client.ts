import { type AuthSecClient, ConfigError } from '@authsec/core'
import { keepDefaultClient, namedClient } from '@authsec/core/adapter'

/**
 * The key of `requestContext` under which a request carries its own client:
 * `requestContext.set(AUTHSEC_CLIENT_KEY, client)`. A client keeps its secrets to itself, so spans
 * and the stored snapshot of a suspended run hold none; never put a token there instead.
 */
export const AUTHSEC_CLIENT_KEY = 'authsecClient'

/** The little of Mastra's `RequestContext` that is read here. */
export interface ReadableContext {
  get(key: string): unknown
}

/**
 * The request's own client, if it carries one. Throws `ConfigError` for anything else under the key:
 * a run resumed from storage has only what could be stored, and must not act as somebody else.
 */
function requestClient(context: ReadableContext | undefined): AuthSecClient | undefined {
  const value: unknown = context?.get(AUTHSEC_CLIENT_KEY)
  if (value === undefined || value === null) return undefined
  if (isClient(value)) return value
  throw new ConfigError({
    code: 'config_invalid',
    message: `The request context has no usable AuthSec client under ${AUTHSEC_CLIENT_KEY}.`,
    hint: `Set ${AUTHSEC_CLIENT_KEY} to a client again when a run is resumed: clients are not stored.`,
  })
}

/**
 * Names the agent that acts in a call, from the request context, for a process that acts for many. A call for which it
 * returns no client is a `ConfigError`, and nothing is done: there is no other client to fall back to. Names in the context
 * are stored with a run that is suspended, so a call that is resumed finds its agent again.
 */
export type ClientOf = (requestContext: ReadableContext) => AuthSecClient | undefined

/** The client of a call: the tool's or what its function names, the request's, or the one that the process shares. */
export function clientChooser(
  client: AuthSecClient | ClientOf | undefined,
  owner?: string,
): (context: ReadableContext | undefined) => AuthSecClient {
  if (typeof client === 'function') {
    return (context = NOTHING) => namedClient(client, context, owner)
  }
  const ofProcess = keepDefaultClient()
  return (context) => {
    const ofRequest = requestClient(context)
    return client ?? ofRequest ?? ofProcess()
  }
}

const NOTHING: ReadableContext = Object.freeze({ get: () => undefined })

/** The client that is known before a call. */
export function knownClient(
  client: AuthSecClient | ClientOf | undefined,
): AuthSecClient | undefined {
  return typeof client === 'function' ? undefined : client
}

function isClient(value: unknown): value is AuthSecClient {
  return typeof value === 'object' && value !== null && 'secureFetch' in value
}
