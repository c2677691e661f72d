import type { FetchCall } from './fetch-call.ts'
import { lazy, notLoaded } from './lazy.ts'
import { refusal } from './refusal.ts'
import type { SecureFetchParts } from './secure-fetch.ts'

export type StandardFetch = (input: string | URL, init?: RequestInit) => Promise<Response>

/** A `fetch` that carries the token to configured resources and refuses every other URL. What it takes is loaded at the first call. */
export function createStandardFetch(parts: SecureFetchParts): StandardFetch {
  const fetchCall = lazy(
    async () => (await import('./fetch-call.ts')).createFetchCall(parts),
    (cause) => refusal('network_error', notLoaded.message, notLoaded.hint, { cause }),
  )
  return async (input, init = {}) => {
    const call = readCall(input, init)
    return (await fetchCall())(call)
  }
}

/** As the standard wants it: what a caller does to its objects after the call changes nothing. */
function readCall(input: string | URL, { method, headers, body, signal }: RequestInit): FetchCall {
  return {
    url: String(input),
    method: (method ?? 'GET').toUpperCase(),
    headers: Object.fromEntries(new Headers(headers)),
    body: copyOf(body ?? undefined),
    signal: signal ?? undefined,
  }
}

function copyOf(body: unknown): unknown {
  if (body instanceof URLSearchParams) return body.toString()
  return body instanceof Uint8Array ? new Uint8Array(body) : body
}
