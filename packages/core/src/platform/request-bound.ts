/**
 * Whether timers and requests belong to the request in which they began and end with it, as in Cloudflare Workers: a
 * later request that waits for one waits in vain, or is refused. There, clients share nothing that waits.
 */
export function isRequestBound(): boolean {
  return globalThis.navigator?.userAgent === 'Cloudflare-Workers'
}

/** Whether the runtime refused to wait for what another request began. It has no code, only this text. */
export function isOfAnotherRequest(error: unknown): boolean {
  return error instanceof Error && /on behalf of a different request/i.test(error.message)
}
