import type { Dispatcher } from 'undici'

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

/** The default. undici is loaded at the first request. */
export function createUndiciTransport(dispatcher?: Dispatcher): Transport {
  return async (request) => {
    undici ??= await import('./undici-transport.ts')
    return undici.sendWithUndici(request, dispatcher)
  }
}

let undici: typeof import('./undici-transport.ts') | undefined

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

async function* emptyBody(): AsyncGenerator<Uint8Array> {}
