import type { ClientConfig } from '../config/config.ts'
import type { Emit } from '../events.ts'
import { HttpFailure, type HttpFailureKind } from '../http/http-failure.ts'
import type { HttpResponse } from '../http/send-request.ts'
import type { AuthSecServer } from '../limiter/authsec-server.ts'
import { TurnRefused } from '../limiter/turn-refused.ts'
import { failureError, refusedError } from './approval-errors.ts'
import type { PollState } from './channel.ts'

/** The server pushes before it answers, and allows itself 30 s for that (contract 3.2). */
export const START_TIMEOUT_MS = 35_000
const MAX_ANSWER_BYTES = 65_536
/** Longest wait for the turn: whoever else would ask the same waits for this question. */
const MOST_QUEUE_MS = 30_000

/** How long a question may wait for its turn at the server, in milliseconds. */
export function questionQueueMs({ rateLimit }: Pick<ClientConfig, 'rateLimit'>): number {
  return Math.min(rateLimit.queueMs, MOST_QUEUE_MS)
}

const FINAL: readonly HttpFailureKind[] = ['address_blocked', 'tls_error', 'proxy_refused']

/** One request about an approval. */
export interface ChannelRequest {
  /** Below the AuthSec URL. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Sent as JSON by POST. Absent: a GET. */
  readonly fields?: object | undefined
  readonly timeoutMs: number
  readonly signal: AbortSignal | undefined
}

export function requestSender(
  config: ClientConfig,
  server: AuthSecServer,
  emit: Emit,
): (request: ChannelRequest) => Promise<HttpResponse> {
  const queueMs = questionQueueMs(config)
  return ({ path, headers, fields, timeoutMs, signal }) => {
    const request = {
      method: fields ? 'POST' : 'GET',
      url: new URL(path, config.authSecUrl),
      headers: {
        accept: 'application/json',
        ...(fields && { 'content-type': 'application/json' }),
        ...headers,
      },
      body: fields && JSON.stringify(fields),
      timeoutMs,
      maxBytes: MAX_ANSWER_BYTES,
      signal,
    }
    // A person waits, or is about to. After a 429 a question is not repeated, and a poll comes later by itself.
    const turn = server.turn({ isUrgent: true, queueMs, signal, keepAlive: true })
    return server.send(request, turn, { isRepeated: false, emit })
  }
}

/** A start without an answer: the question may be on the device already. */
export async function started<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof TurnRefused) throw refusedError(error)
    throw error instanceof HttpFailure ? failureError(error) : error
  }
}

/** A poll without an answer is a state, unless no later poll can have one either. */
export async function polled(
  work: () => Promise<PollState>,
  now: () => number,
): Promise<PollState> {
  try {
    return await work()
  } catch (failure) {
    if (failure instanceof TurnRefused) {
      const retryAfterMs = Math.max(0, failure.retryAt.getTime() - now())
      return { state: 'pending', slowDown: true, retryAfterMs }
    }
    if (!(failure instanceof HttpFailure)) throw failure
    const error = failureError(failure)
    // Neither the address, the certificate nor the proxy changes while somebody waits.
    if (FINAL.includes(failure.kind)) return { state: 'refused', error }
    return { state: 'no_answer', mayBeLost: failure.mayHaveBeenSent, error }
  }
}
