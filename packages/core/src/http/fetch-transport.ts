import type { FetchLike, Transport } from './transport.ts'

/** A fetch function as transport. It decodes bodies, so the encoding that the headers name no longer applies. */
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
