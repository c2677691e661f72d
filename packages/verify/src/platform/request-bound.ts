/**
 * Whether timers and requests belong to the request in which they began and end with it, as in Cloudflare Workers: a
 * later request that waits for one waits in vain.
 */
export function isRequestBound(): boolean {
  return globalThis.navigator?.userAgent === 'Cloudflare-Workers'
}
