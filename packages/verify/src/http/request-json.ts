import { ConfigError } from '../options/config-error.ts'
import { kindOf } from '../options/option-checks.ts'
import { hasMethods } from '../options/option-values.ts'
import type { Clock } from '../support/clock.ts'
import { retryAfterMs } from '../support/header-times.ts'
import { isRecord } from '../support/json-values.ts'
import { type AdviceFor, requestFailure } from './request-failure.ts'

/** The part of the standard `fetch` that this package needs: it must support `redirect: 'manual'` and `signal`. */
export type FetchLike = (input: string, init: RequestInit) => Promise<Response>

/** What requests are sent with. */
export interface HttpTools {
  readonly fetch: FetchLike
  readonly clock: Clock
  readonly adviceFor?: AdviceFor | undefined
}

export interface JsonResponse {
  readonly status: number
  /** What `Retry-After` asks for, in milliseconds; `undefined` when it is absent or malformed. */
  readonly retryAfterMs: number | undefined
  /** The parsed body of a 200; `undefined` with any other status. */
  readonly body: unknown
}

const MAX_BODY_BYTES = 65_536
const TIMEOUT_MS = 5_000

/**
 * Sends one request and reads a JSON response: no redirect is followed, the body has at most 64 KiB,
 * and everything together takes at most 5 s. Rejects with a `RequestFailure` when there is no response or it
 * cannot be read, and with a `ConfigError` when a mistake in the `fetch` function is the reason.
 */
export async function requestJson(
  { fetch, clock, adviceFor }: HttpTools,
  url: string,
  init: RequestInit = {},
): Promise<JsonResponse> {
  const controller = new AbortController()
  const { signal } = controller
  const response = sendAndRead({ fetch, clock }, url, { ...init, redirect: 'manual', signal })
  return await new Promise<JsonResponse>((resolve, reject) => {
    const onTimeout = (): void => {
      const error = new Error('The server did not respond in time.')
      // Rejects on its own: a custom fetch may ignore its signal.
      reject(error)
      controller.abort(error)
    }
    const cancel = clock.setTimeout(onTimeout, TIMEOUT_MS, { keepAlive: false })
    response.then(resolve, reject).finally(cancel)
  }).catch((error: unknown) => {
    throw ConfigError.isInstance(error) ? error : requestFailure(error, new URL(url), adviceFor)
  })
}

async function sendAndRead(
  { fetch, clock }: HttpTools,
  url: string,
  init: RequestInit,
): Promise<JsonResponse> {
  const response = await fetch(url, init)
  assertResponse(response)
  assertNotRedirected(response)
  const { status } = response
  const pauseMs = retryAfterMs(timeHeaders(response), clock.now())
  if (status !== 200) {
    await response.body?.cancel()
    return { status, retryAfterMs: pauseMs, body: undefined }
  }
  const body: unknown = JSON.parse(await readText(response))
  return { status, retryAfterMs: pauseMs, body }
}

function timeHeaders({ headers }: Response): Record<string, string | undefined> {
  const names = ['retry-after', 'date', 'age']
  return Object.fromEntries(names.map((name) => [name, headers.get(name) ?? undefined]))
}

/** By its members, because a custom fetch may use the `Response` class of another library. */
function assertResponse(value: unknown): void {
  const isObject = isRecord(value)
  if (isObject && typeof value['status'] === 'number' && hasMethods(value['headers'], ['get'])) {
    return
  }
  const given = isObject ? 'another object' : kindOf(value)
  throw new ConfigError({
    code: 'config_invalid',
    message: `The fetch option must return a Response, not ${given}.`,
    hint: 'Return the response of the request, as the global fetch does.',
  })
}

/** What another address has sent is not what the configured one would: keys could come from anywhere. */
function assertNotRedirected({ redirected }: Response): void {
  if (!redirected) return
  throw new ConfigError({
    code: 'config_invalid',
    message: 'The fetch option followed a redirect.',
    hint: "Pass its second argument on to the request, because it holds redirect: 'manual'.",
  })
}

async function readText(response: Response): Promise<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let text = ''
  let size = 0
  // Leaving the loop by a throw cancels the body.
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength
    if (size > MAX_BODY_BYTES) throw new Error('The response is longer than 64 KiB.')
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}
