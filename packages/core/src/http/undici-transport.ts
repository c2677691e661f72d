import { type LookupAddress, type LookupOptions, lookup } from 'node:dns'
import { Agent, type Dispatcher, request } from 'undici'
import type { Transport } from './transport.ts'

/** Which addresses are never connected to. Passed in, so that this module is the only one that is loaded lazily. */
export type IsForbidden = (address: string) => boolean

/** `undici.request`, which does not follow redirects, with checked addresses. */
export function createUndiciTransport(
  isForbidden: IsForbidden,
  dispatcher: Dispatcher = sharedAgent(isForbidden),
): Transport {
  return async ({ url, method, headers, body, signal }) => {
    const response = await request(url, {
      method: method as Dispatcher.HttpMethod,
      headers,
      body: body ?? null,
      signal,
      dispatcher,
    })
    return {
      status: response.statusCode,
      headers: flatHeaders(response.headers),
      body: response.body,
      discard() {
        response.body.on('error', () => undefined)
        response.body.destroy()
      },
    }
  }
}

let agent: Agent | undefined

/** One pool for all clients; idle sockets do not keep the process alive. */
function sharedAgent(isForbidden: IsForbidden): Agent {
  const lookup = guardedLookup(isForbidden)
  agent ??= new Agent({ connections: 64, connect: { timeout: 5_000, lookup } })
  return agent
}

type LookupCallback = (
  error: NodeJS.ErrnoException | null,
  address: string | LookupAddress[],
  family?: number,
) => void

/** Refuses names of which any answer is a metadata or link-local address, and passes on exactly the answers it checked. */
export function guardedLookup(
  isForbidden: IsForbidden,
): (hostname: string, options: LookupOptions, callback: LookupCallback) => void {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, '')
      if (addresses.some(({ address }) => isForbidden(address))) return callback(blocked(), '')
      const [first] = addresses
      if (options.all || !first) return callback(null, addresses)
      callback(null, first.address, first.family)
    })
  }
}

function blocked(): NodeJS.ErrnoException {
  return Object.assign(new Error('The address is blocked.'), { code: 'EBLOCKED' })
}

function flatHeaders(
  headers: Record<string, string | string[] | undefined>,
): Record<string, string> {
  const flat: Record<string, string> = Object.create(null)
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name.toLowerCase()] = String(value)
  }
  return flat
}
