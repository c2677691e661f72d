import { type LookupAddress, type LookupOptions, lookup } from 'node:dns'
import { Agent, type Dispatcher, request } from 'undici'
import { HttpFailure } from './http.ts'
import { isForbiddenAddress } from './network-guard.ts'
import type { Transport } from './transport.ts'

/** `undici.request`, which does not follow redirects, with checked addresses. */
export function createUndiciTransport(dispatcher: Dispatcher = sharedAgent()): Transport {
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
function sharedAgent(): Agent {
  agent ??= new Agent({ connections: 64, connect: { timeout: 5_000, lookup: guardedLookup } })
  return agent
}

type LookupCallback = (
  error: NodeJS.ErrnoException | null,
  address: string | LookupAddress[],
  family?: number,
) => void

/** Refuses names that resolve to a metadata or link-local address, whichever answer is used, and passes on exactly the answers it checked. */
export function guardedLookup(
  hostname: string,
  options: LookupOptions,
  callback: LookupCallback,
): void {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, '')
    if (addresses.some(({ address }) => isForbiddenAddress(address))) {
      return callback(new HttpFailure('network_error', false, 'EBLOCKED'), '')
    }
    const [first] = addresses
    if (options.all || !first) return callback(null, addresses)
    callback(null, first.address, first.family)
  })
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
