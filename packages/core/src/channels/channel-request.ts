import type { ClientConfig } from '../config/config.ts'
import { HttpFailure, type HttpFailureKind } from '../http/http-failure.ts'
import { type HttpResponse, sendRequest } from '../http/send-request.ts'
import type { Transport } from '../http/transport.ts'
import { failureError } from './approval-errors.ts'
import type { PollState } from './channel.ts'

/** The server pushes before it answers, and allows itself 30 s for that (contract 3.2). */
export const START_TIMEOUT_MS = 35_000
const MAX_ANSWER_BYTES = 65_536

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
  transport: Transport,
): (request: ChannelRequest) => Promise<HttpResponse> {
  return ({ path, headers, fields, timeoutMs, signal }) =>
    sendRequest(transport, config.clock, {
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
    })
}

/** A start without an answer: the question may be on the device already. */
export async function started<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw error instanceof HttpFailure ? failureError(error) : error
  }
}

/** A poll without an answer is a state, unless no later poll can have one either. */
export async function polled(work: () => Promise<PollState>): Promise<PollState> {
  try {
    return await work()
  } catch (failure) {
    if (!(failure instanceof HttpFailure)) throw failure
    const error = failureError(failure)
    // Neither the address, the certificate nor the proxy changes while somebody waits.
    if (FINAL.includes(failure.kind)) return { state: 'refused', error }
    return { state: 'no_answer', mayBeLost: failure.mayHaveBeenSent, error }
  }
}
