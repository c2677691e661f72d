import { ResourceError } from '../errors.ts'
import { lazy, notLoaded } from '../support/lazy.ts'
import type { FetchCall } from './fetch-call.ts'
import type { SecureFetchParts } from './secure-fetch.ts'

export type StandardFetch = (input: string | URL, init?: RequestInit) => Promise<Response>

/** A `fetch` that carries the token to configured resources and refuses every other URL. What it takes is loaded at the first call. */
export function createStandardFetch(parts: SecureFetchParts): StandardFetch {
  const send = lazy(
    async () => (await import('../client/on-demand.ts')).createFetchCall(parts),
    (cause) => new ResourceError({ code: 'network_error', ...notLoaded, cause }),
  )
  return async (input, init = {}) => {
    const call = copyOf(input, init)
    return (await send())(call)
  }
}

/** As the standard wants it: what a caller does to its objects after the call changes nothing. */
function copyOf(input: string | URL, { method, headers, body, signal }: RequestInit): FetchCall {
  return {
    url: String(input),
    method,
    headers: new Headers(headers),
    body: copyOfBody(body),
    signal,
  }
}

function copyOfBody(body: unknown): unknown {
  if (body instanceof URLSearchParams) return body.toString()
  return body instanceof Uint8Array ? new Uint8Array(body) : body
}
