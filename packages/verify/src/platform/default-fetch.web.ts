import type { FetchLike } from '../http/request-json.ts'

/** The global `fetch` decides itself which way requests go. */
export const hasProxies: boolean = false

/**
 * As `default-fetch.ts`, for runtimes without sockets: the URLs of the options are checked, and no redirect is followed.
 * What a name resolves to cannot be seen there.
 */
export function defaultFetch(): FetchLike {
  return (input, init) => fetch(input, init)
}
