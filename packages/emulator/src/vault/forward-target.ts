import { isLocalUrl } from '../support/local-url.ts'
import { required } from '../support/option-values.ts'

/** A function with the form of a Hono app's `fetch`, or of the handlers of Deno and Bun. */
export type FetchFunction = (request: Request) => Response | Promise<Response>

/** The URL of an API on this computer, or a fetch handler. */
export type ForwardTarget = string | FetchFunction

/** Throws a `ConfigError` when the emulator must not, or cannot, forward to the value. */
export const checkForwardTarget = required(
  (value) => typeof value === 'function' || (typeof value === 'string' && isLocalUrl(value)),
  'an http URL of this computer without a query, such as http://127.0.0.1:3000, or a fetch handler',
)
