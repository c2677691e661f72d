/** Checks of options: each throws a `TypeError` that names the option and the remedy, never the value. */

export function assertKnownKeys(value: unknown, known: readonly string[], what: string): void {
  if (typeof value !== 'object' || value === null) {
    throw new TypeError(`Pass ${what} as an object with ${known.join(', ')}.`)
  }
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue
    throw new TypeError(`${key} is not part of ${what}, which has ${known.join(', ')}.`)
  }
}

/** https everywhere, plain http on this machine alone; no credentials and no fragment. */
export function secureUrl(value: unknown, field: string): URL {
  const text = String(value).trim()
  if (!URL.canParse(text)) {
    throw new TypeError(`${field} must be an absolute URL, such as https://auth.example.com.`)
  }
  const url = new URL(text)
  const isLoopback = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(url.hostname)
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback)) {
    throw new TypeError(`${field} must use https; plain http is for 127.0.0.1 and localhost only.`)
  }
  if (url.username || url.password || url.hash) {
    throw new TypeError(`${field} must have no user name, password or fragment; leave them out.`)
  }
  return url
}

export function canonicalUuid(value: unknown, field: string): string {
  const text = typeof value === 'string' ? value.trim().toLowerCase() : ''
  if (/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)) return text
  throw new TypeError(`${field} must be the UUID that the AuthSec dashboard shows for it.`)
}

export function numberWithin(
  value: unknown,
  {
    field,
    least,
    most,
    fallback,
  }: Record<'least' | 'most' | 'fallback', number> & { field: string },
): number {
  if (value === undefined) return fallback
  if (typeof value === 'number' && value >= least && value <= most) return value
  throw new TypeError(
    `${field} must be a number from ${least} to ${most}; leave it out for ${fallback}.`,
  )
}

export function flag(value: unknown, field: string): boolean {
  if (value === undefined) return false
  if (typeof value === 'boolean') return value
  throw new TypeError(`${field} must be true or false.`)
}

export function assertCallable(value: unknown, field: string): void {
  if (typeof value === 'function') return
  throw new TypeError(`${field} must be a function; leave it out for the default.`)
}
