import { HttpFailure } from '../http/http-failure.ts'
import type { HttpRequest } from '../http/send-request.ts'
import { redirectTarget } from '../policy/resource-owner.ts'
import { isSafeMethod, type Resource } from '../policy/resource-policy.ts'
import { type Clock, delay } from '../support/clock.ts'
import { retryAfterMs } from '../support/header-times.ts'

export interface ApiCall {
  readonly resource: Resource
  /** All resources of the client: a redirect must not leave the rules of its own. */
  readonly resources: readonly Resource[]
  readonly http: HttpRequest
  readonly maxRedirects: number
  /** False for a call that was approved: one approval, one execution. With a key of the call, its attempts are one. */
  readonly mayRepeat: boolean
}

/** A response, whether its body was read or is still a stream. */
export interface ApiAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** Gives the body up unread. */
  discard?(): void
}

const MAX_ATTEMPTS = 3
const RETRYABLE_STATUSES = new Set([408, 425, 429, 500, 502, 503, 504])

/**
 * One call of a protected API within one deadline. It is retried after a failure that certainly or
 * harmlessly left nothing behind, and redirected only as far as the resource allows.
 */
export async function callApi<Answer extends ApiAnswer>(
  sendOnce: (request: HttpRequest) => Promise<Answer>,
  clock: Clock,
  call: ApiCall,
): Promise<Answer> {
  const endsAt = clock.monotonic() + call.http.timeoutMs
  let { url } = call.http
  let hops = 0
  for (let attempt = 1; ; ) {
    const timeoutMs = endsAt - clock.monotonic()
    const outcome = await sendOnce({ ...call.http, url, timeoutMs }).catch(asFailure)
    if (outcome instanceof HttpFailure && outcome.kind === 'redirect_blocked') {
      const isAllowed =
        hops < call.maxRedirects && isReplayable(call.http) && isIdempotent(call.http)
      const target = isAllowed
        ? redirectTarget(call.resource, call.resources, url, outcome.location)
        : undefined
      if (!target) throw outcome
      url = target
      hops += 1
      continue
    }
    const pause = attempt < MAX_ATTEMPTS ? pauseBefore(outcome, call, attempt, clock) : undefined
    if (pause === undefined || clock.monotonic() + pause >= endsAt) {
      if (outcome instanceof HttpFailure) throw outcome
      return outcome
    }
    if (!(outcome instanceof HttpFailure)) outcome.discard?.()
    await delay(clock, pause, { signal: call.http.signal })
    attempt += 1
  }
}

function asFailure(error: unknown): HttpFailure {
  if (error instanceof HttpFailure) return error
  throw error
}

/** Milliseconds until the next attempt, `undefined` when there should be none. */
function pauseBefore(
  outcome: ApiAnswer | HttpFailure,
  call: ApiCall,
  attempt: number,
  clock: Clock,
): number | undefined {
  if (!isReplayable(call.http)) return undefined
  const jitter = Math.min(5_000, 100 * 2 ** (attempt - 1)) * Math.random()
  const mayRepeat = call.http.isKeyed || (call.mayRepeat && isIdempotent(call.http))
  if (outcome instanceof HttpFailure) {
    const isTransient = outcome.kind === 'network_error' || outcome.kind === 'timeout'
    return isTransient && (mayRepeat || !outcome.mayHaveBeenSent) ? jitter : undefined
  }
  if (!mayRepeat || !RETRYABLE_STATUSES.has(outcome.status)) return undefined
  return (retryAfterMs(outcome.headers, clock.now()) ?? 0) + jitter
}

/** A stream was read by the first attempt, wholly or in part. */
export function isReplayable({ body }: Pick<HttpRequest, 'body'>): boolean {
  return !(body instanceof ReadableStream)
}

/**
 * Whether the program may make the call again. RFC 9110 section 9.2.2, read narrowly, or a key of the program by which
 * the API knows a repetition. A key of this one call does not help: the next call has another.
 */
export function isIdempotent({
  method,
  headers,
  isKeyed,
}: Pick<HttpRequest, 'method' | 'headers' | 'isKeyed'>): boolean {
  return isSafeMethod(method) || (!isKeyed && headers['idempotency-key'] !== undefined)
}
