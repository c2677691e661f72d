import { type AuthSecClient, ConfigError } from '@authsec/core'
import { keepDefaultClient } from '@authsec/core/adapter'

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

/** The client of a call: the tool's, the request's, or the one that the process shares. */
export function clientChooser(
  client: AuthSecClient | undefined,
): (context: ReadableContext | undefined) => AuthSecClient {
  const ofProcess = keepDefaultClient()
  return (context) => {
    const ofRequest = requestClient(context)
    return client ?? ofRequest ?? ofProcess()
  }
}

function isClient(value: unknown): value is AuthSecClient {
  return typeof value === 'object' && value !== null && 'secureFetch' in value
}
