import { type HttpTools, requestJson } from '../http/request-json.ts'
import { importKeys, type PublicJwk, parseKeySet, type VerificationKey } from './key-set.ts'

/** Where the keys come from: the options, or the first of these URLs that knows the tenant. */
export type KeySource =
  | { readonly jwks: readonly PublicJwk[] }
  | { readonly urls: readonly string[] }

/** The server did not respond with keys. */
export class NoKeysError extends Error {
  /** What the server asked for with Retry-After, in milliseconds. */
  readonly retryAfterMs: number | undefined
  constructor(retryAfterMs: number | undefined) {
    super('The server did not respond with keys.')
    this.retryAfterMs = retryAfterMs
  }
}

/** Loads the keys; takes the keys of the previous load. Rejects when no keys can be loaded. */
export type LoadKeys = (known: readonly VerificationKey[]) => Promise<readonly VerificationKey[]>

export function createKeyLoader(source: KeySource, http: HttpTools): LoadKeys {
  if ('jwks' in source) return async (known) => importKeys(source.jwks, known)
  const { urls } = source
  let preferred = 0
  return async (known) => {
    let pauseMs: number | undefined
    for (let step = 0; step < urls.length; step++) {
      const index = (preferred + step) % urls.length
      const { status, body, retryAfterMs } = await requestJson(http, urls[index] ?? '', {
        headers: { accept: 'application/json', 'accept-encoding': 'identity' },
      })
      if (status === 200) {
        preferred = index
        const jwks = parseKeySet(body)
        if (!jwks) throw new Error('The response is not a JWK Set of at most 32 keys.')
        return importKeys(jwks, known)
      }
      pauseMs = retryAfterMs
      // A server of the other generation does not know this parameter (contract 2.1). Any other status
      // is an outage, and a second request would not help.
      if (status !== 400 && status !== 404) break
    }
    throw new NoKeysError(pauseMs)
  }
}
