const urls = new WeakMap<object, string>()

/** Remembers where the API of a verifier publishes its metadata (RFC 9728), for the challenges of middleware. */
export function rememberMetadataUrl(verifier: object, url: string | undefined): void {
  if (url !== undefined) urls.set(verifier, url)
}

export function metadataUrlOf(verifier: object): string | undefined {
  return urls.get(verifier)
}
