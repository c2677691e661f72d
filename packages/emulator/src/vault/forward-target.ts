import { BlockList, isIP } from 'node:net'
import { required } from '../support/option-values.ts'

/** A function with the form of a Hono app's `fetch`, or of the handlers of Deno and Bun. */
export type FetchFunction = (request: Request) => Response | Promise<Response>

/** The URL of an API on this computer, or a fetch handler. */
export type ForwardTarget = string | FetchFunction

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

/** Throws a `ConfigError` when the emulator must not, or cannot, forward to the value. */
export const checkForwardTarget = required(
  (value) => typeof value === 'function' || (typeof value === 'string' && isLocalUrl(value)),
  'an http URL of this computer without a query, such as http://127.0.0.1:3000, or a fetch handler',
)

/** The emulator's tokens and whatever a model makes of its requests stay on this computer. */
function isLocalUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const url = new URL(text)
  const hasOnlyAPath = url.search === '' && url.hash === '' && !/[?#]/.test(text)
  const isAnonymous = url.username === '' && url.password === ''
  const isHttp = url.protocol === 'http:' || url.protocol === 'https:'
  return isHttp && hasOnlyAPath && isAnonymous && isLoopback(url.hostname.replace(/^\[|\]$/g, ''))
}

function isLoopback(host: string): boolean {
  const version = isIP(host)
  if (version === 0) return host === 'localhost'
  return loopback.check(host, version === 4 ? 'ipv4' : 'ipv6')
}
