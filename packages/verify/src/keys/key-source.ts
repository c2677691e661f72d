import { type FetchLike, requestJson } from '../http.ts'
import { importKeys, type PublicJwk, parseKeySet, type VerificationKey } from './key-set.ts'

/** Where keys come from: given once and for all, or loaded from the first address that knows the tenant. */
export type KeySource =
  | { readonly jwks: readonly PublicJwk[] }
  | { readonly urls: readonly string[] }

/** Loads the keys; gets the ones loaded before. Rejects when they cannot be had. */
export type LoadKeys = (known: readonly VerificationKey[]) => Promise<readonly VerificationKey[]>

export function createKeyLoader(source: KeySource, fetch: FetchLike): LoadKeys {
  if ('jwks' in source) return (known) => importKeys(source.jwks, known)
  let preferred = 0
  return async (known) => {
    for (let step = 0; step < source.urls.length; step++) {
      const index = (preferred + step) % source.urls.length
      const { status, body } = await requestJson(fetch, source.urls[index] ?? '', {
        headers: { accept: 'application/json', 'accept-encoding': 'identity' },
      })
      if (status === 200) {
        preferred = index
        const jwks = parseKeySet(body)
        if (!jwks) throw new Error('The answer is not a JWK Set of at most 32 keys.')
        return await importKeys(jwks, known)
      }
      // A server of the other generation does not know this parameter (contract 2.1); anything else
      // is an outage, and asking it twice would not help.
      if (status !== 400 && status !== 404) break
    }
    throw new Error('The server did not answer with keys.')
  }
}
