/**
 * Whether the `fetch` of this runtime has decoded a body with this `Content-Encoding`, which it leaves in the headers. All
 * do as the Fetch standard says, but two: Cloudflare Workers know fewer encodings, in small letters, and Brotli since a
 * compatibility date of 2024; Deno decodes nothing for a request that names `Accept-Encoding`, as each of this package does.
 */
export function hasDecoded(encoding: string): boolean {
  const { Cloudflare, Deno }: Runtime = Object(globalThis)
  if (Deno) return false
  if (!Cloudflare) return /^\s*(gzip|x-gzip|deflate|br)\s*$/i.test(encoding)
  const name = encoding.trim()
  return name === 'gzip' || (name === 'br' && hasBrotli(Cloudflare))
}

interface Runtime {
  Cloudflare?: { compatibilityFlags?: Record<string, unknown> }
  Deno?: object
}

function hasBrotli({ compatibilityFlags }: NonNullable<Runtime['Cloudflare']>): boolean {
  return compatibilityFlags?.['brotli_content_encoding'] === true
}
