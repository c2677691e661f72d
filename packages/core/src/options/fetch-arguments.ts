import { invalidOption, textOf } from './option-checks.ts'
import { isObject, optionalChoice, optionalSignal } from './option-values.ts'

/** The arguments of a standard `fetch` as one request. Its headers and its body are still those of the caller. */
export interface FetchArguments {
  readonly url: string
  readonly method: string | undefined
  readonly headers: unknown
  readonly body: unknown
  /** Whether the body is that of a Request, which is a stream even when it was made of a text. */
  readonly isOfRequest: boolean
  readonly signal: AbortSignal | undefined
  /** False for `redirect: 'error'` and `'manual'`. */
  readonly mayFollow: boolean
}

/** The members of a Request that are used. */
interface RequestLike {
  readonly url: string
  readonly method: string
  readonly headers: unknown
  readonly body: unknown
  readonly bodyUsed: boolean
  readonly signal: AbortSignal | undefined
  readonly redirect: string | undefined
  readonly integrity: string | undefined
}

/** A signal follows the one that its Request was given only while that Request exists. */
const requestOf = new WeakMap<AbortSignal, object>()

/**
 * Merges the arguments of a standard `fetch`: what `init` gives replaces what the Request has (Fetch standard
 * section 5.4). Members that concern browsers only are ignored: mode, credentials, cache, referrer, keepalive,
 * priority. Throws `ConfigError` for what would change the meaning of the call and cannot be done.
 */
export function fetchArguments(input: unknown, init: RequestInit): FetchArguments {
  isObject(init, 'init')
  const request = isRequest(input) ? input : undefined
  const redirect = init.redirect ?? request?.redirect
  optionalChoice('follow', 'error', 'manual')(redirect, 'init.redirect')
  assertSupported(init, request)
  const signal = (init.signal === undefined ? request?.signal : init.signal) ?? undefined
  optionalSignal(signal, 'init.signal')
  if (signal && request && signal === request.signal) requestOf.set(signal, request)
  const body = init.body ?? undefined
  if (body instanceof ReadableStream) assertStream(body, init)
  if (body === undefined && request?.bodyUsed) throw wasRead('The body of the Request')
  return {
    url: request ? request.url : textOf(input),
    method: init.method ?? request?.method,
    headers: init.headers === undefined ? request?.headers : init.headers,
    body: body ?? request?.body,
    isOfRequest: body === undefined,
    signal,
    mayFollow: redirect === undefined || redirect === 'follow',
  }
}

/** By its members, because it may be that of another library. */
function isRequest(input: unknown): input is RequestLike {
  if (typeof input !== 'object' || input === null) return false
  return 'bodyUsed' in input && 'url' in input && typeof input.url === 'string'
}

function assertSupported(init: RequestInit, request: RequestLike | undefined): void {
  if (init.integrity ?? request?.integrity) {
    throw invalidOption('init.integrity', 'is not supported', 'Compare the digest of the body.')
  }
  if (Reflect.get(init, 'cache') === 'only-if-cached') {
    throw invalidOption('init.cache', 'is only-if-cached, and there is no cache', 'Leave it out.')
  }
  for (const name of ['dispatcher', 'agent']) {
    const value: unknown = Reflect.get(init, name)
    if (value === undefined || value === null) continue
    const hint = 'Give the `dispatcher` or `fetch` option to the client.'
    throw invalidOption(`init.${name}`, 'is not supported, so nothing was sent', hint)
  }
}

function assertStream(stream: ReadableStream, init: RequestInit): void {
  if (Reflect.get(init, 'duplex') !== 'half') {
    throw invalidOption('init.duplex', "must be 'half' when the body is a stream")
  }
  if (stream.locked) throw wasRead('init.body')
}

function wasRead(what: string): Error {
  return invalidOption(what, 'is being read or was read already', 'Make a new one for each call.')
}
