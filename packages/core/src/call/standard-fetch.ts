import { failureFacts } from '../errors.ts'
import { type StreamedResponse, streamRequest } from '../http/stream-request.ts'
import { planFetch } from '../policy/plan-call.ts'
import { standardHeaders } from '../policy/request-headers.ts'
import { textOf } from '../support/option-checks.ts'
import { isObject, optionalSignal } from '../support/option-values.ts'
import { assertGuards, type FetchGuards, timesLeft } from './fetch-guards.ts'
import { type CallParts, callName, guardedCall } from './guarded-call.ts'
import { toResponse } from './response-stream.ts'
import { scrubbedBody } from './scrubbed-body.ts'
import { createScrubber, type Scrubber } from './secret-scrubber.ts'
import type { CallContext } from './secure-fetch-request.ts'

export type StandardFetch = (
  input: string | URL,
  init?: RequestInit,
  guards?: FetchGuards & CallContext,
) => Promise<Response>

/** The scrubbers of the responses that `client.fetch` returned. */
const scrubbers = new WeakMap<Response, Scrubber>()

/**
 * Scrubs JSON that was parsed from a response of `client.fetch`. The stream is scrubbed already, but parsing
 * can reveal a secret that a nested escape hid.
 *
 * @example
 * ```ts
 * import { createAuthSecClientFromEnv } from '@authsec/core'
 * import { scrubParsed } from '@authsec/core/adapter'
 *
 * const client = createAuthSecClientFromEnv()
 * const response = await client.fetch('https://api.example.com/v1/records')
 * console.log(scrubParsed(response, await response.json()))
 * ```
 */
export function scrubParsed(response: Response, value: unknown): unknown {
  const scrubber = scrubbers.get(response)
  return scrubber ? scrubber.json(value).value : value
}

function scrubbedHeaders(
  headers: Readonly<Record<string, string>>,
  scrubber: Scrubber,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, scrubber.text(value).value]),
  )
}

/** A `fetch` that carries the token to configured resources, by the same pipeline as `secureFetch`, and refuses every other URL. */
export function createStandardFetch(parts: CallParts): StandardFetch {
  const { config, transport, budgets, emit } = parts

  return async function fetch(input, init = {}, guards = {}) {
    assertGuards(guards)
    isObject(init, 'init')
    const { method, body } = init
    // Copied before the first wait, so that later changes of the caller's objects have no effect.
    const headers = standardHeaders(init.headers)
    const signal = init.signal ?? undefined
    optionalSignal(signal, 'init.signal')
    const request = { url: textOf(input), method, headers, body, signal, limits: guards }
    const call = planFetch(config.resources, request, guards)
    const use = budgets.take(guards.run)
    try {
      return await guardedCall<StreamedResponse, Response>(parts, call, {
        approved: undefined,
        sendOnce: (http) =>
          streamRequest(transport, config.clock, http, timesLeft(call, http.timeoutMs, guards)),
        complete(response, token, elapsedMs) {
          const totals = { bytes: 0, redacted: false }
          const scrubber = createScrubber(token, config.redactClientId)
          const body = scrubbedBody(response.body, scrubber, totals)
          const headers = scrubbedHeaders(response.headers, scrubber)
          const result = toResponse({ ...response, headers }, body, call.resource, (error) => {
            use.addBytes(totals.bytes)
            const durationMs = elapsedMs()
            const name = callName(call)
            if (error) {
              emit({ type: 'request.failed', ...name, ...failureFacts(error), durationMs })
            } else {
              const { status } = response
              emit({ type: 'request.completed', ...name, status, durationMs, ...totals })
            }
          })
          scrubbers.set(result, scrubber)
          return result
        },
      })
    } finally {
      // The answer has begun. The caller decides how fast to read it, so it no longer counts as concurrent.
      use.release()
    }
  }
}
