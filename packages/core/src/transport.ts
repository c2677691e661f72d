import { type LookupAddress, type LookupOptions, lookup } from 'node:dns'
import type { Agent, Dispatcher } from 'undici'
import { isForbiddenAddress } from './network-guard.ts'

export type { Dispatcher } from 'undici'

/** The part of the standard `fetch` that this package needs. */
export type FetchLike = (input: string, init: RequestInit) => Promise<Response>

export interface TransportRequest {
  readonly method: string
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array<ArrayBuffer> | undefined
  readonly signal: AbortSignal
}

export interface TransportResponse {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: AsyncIterable<Uint8Array>
  /** Gives the body up unread. */
  discard(): void
}

/** Sends one request and follows nothing. Live and mock differ by this function alone. */
export type Transport = (request: TransportRequest) => Promise<TransportResponse>

/** The default: `undici.request`, which does not follow redirects, with checked addresses. Loads undici at the first request. */
export function createUndiciTransport(dispatcher?: Dispatcher): Transport {
  return async ({ url, method, headers, body, signal }) => {
    undici ??= await import('undici')
    const response = await undici.request(url, {
      method: method as Dispatcher.HttpMethod,
      headers,
      body: body ?? null,
      signal,
      dispatcher: dispatcher ?? sharedAgent(undici.Agent),
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

/** A fetch function as transport; it decodes bodies itself, so the encoding it names is history. */
export function createFetchTransport(fetch: FetchLike): Transport {
  return async ({ url, method, headers, body, signal }) => {
    const response = await fetch(url.href, {
      method,
      headers,
      body: body ?? null,
      signal,
      redirect: 'manual',
    })
    const {
      'content-encoding': _decoded,
      'content-length': _encoded,
      ...rest
    } = Object.fromEntries(response.headers)
    return {
      // Browsers hide a redirect behind status 0; it stays a redirect.
      status: response.type === 'opaqueredirect' ? 302 : response.status,
      headers: rest,
      body: response.body ?? emptyBody(),
      discard() {
        response.body?.cancel().catch(() => undefined)
      },
    }
  }
}

let undici: typeof import('undici') | undefined
let agent: Agent | undefined

/** One pool for all clients; idle sockets do not keep the process alive. */
function sharedAgent(AgentClass: typeof Agent): Agent {
  agent ??= new AgentClass({ connections: 64, connect: { timeout: 5_000, lookup: guardedLookup } })
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
      return callback(Object.assign(new Error('The address is blocked.'), { code: 'EBLOCKED' }), '')
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

async function* emptyBody(): AsyncGenerator<Uint8Array> {}
