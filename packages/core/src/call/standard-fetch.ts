import { bytesOf, type FetchBody, fetchBody } from '../bodies/fetch-body.ts'
import { type StreamedResponse, streamRequest } from '../http/stream-request.ts'
import { askedUrl } from '../identity/asked-target.ts'
import { fetchArguments } from '../options/fetch-arguments.ts'
import { type PlannedCall, planFetch, type UrlRequest } from '../policy/plan-call.ts'
import { standardHeaders } from '../policy/request-headers.ts'
import { resourceError } from '../policy/resource-error.ts'
import { mayHaveEscape } from '../scrub/disguises.ts'
import { MAX_HELD, scrubbedBody } from '../scrub/scrubbed-body.ts'
import { createScrubber, type Scrubber } from '../scrub/secret-scrubber.ts'
import { createBoundedSignal } from '../support/bounded-signal.ts'
import type { Clock } from '../support/clock.ts'
import { createClientIdRedactor } from '../support/redact-client-id.ts'
import { CallTrace, failedCall, traced } from './call-trace.ts'
import { keepReasons, rememberReasons } from './error-reasons.ts'
import { assertGuards, type FetchGuards, timesLeft } from './fetch-guards.ts'
import { type CallParts, guardedCall, targetOf } from './guarded-call.ts'
import { toResponse, withAddress } from './response-stream.ts'
import type { CallContext } from './secure-fetch-request.ts'
import { type ParsedJson, parseUntrustedJson } from './untrusted-json.ts'

export type StandardFetch = (
  input: string | URL | Request,
  init?: RequestInit,
  guards?: FetchGuards & CallContext,
) => Promise<Response>

/** The scrubbers of the responses that `client.fetch` returned. */
const scrubbers = new WeakMap<Response, Scrubber>()

/**
 * Parses JSON, or a line of it, that was read from a response of `client.fetch`, as `parseUntrustedJson` does. The
 * stream is scrubbed already, but parsing can reveal a secret that a nested escape hid.
 *
 * @throws ResourceError - `invalid_response` for malformed, too deep or too large JSON.
 *
 * @example
 * ```ts
 * import { createAuthSecClientFromEnv } from '@authsec/core'
 * import { parseScrubbed } from '@authsec/core/adapter'
 *
 * const client = createAuthSecClientFromEnv()
 * const response = await client.fetch('https://api.example.com/v1/records')
 * console.log(parseScrubbed(response, await response.text()).value)
 * ```
 */
export function parseScrubbed(response: Response, text: string): ParsedJson {
  const parsed = parseUntrustedJson(text, response.status)
  const scrubber = mayReveal(text) ? scrubbers.get(response) : undefined
  return scrubber ? { ...parsed, value: scrubber.json(parsed.value).value } : parsed
}

/** Without an escape, each parsed string stands in the text as it was scrubbed; a very long one was scrubbed in parts. */
function mayReveal(text: string): boolean {
  return mayHaveEscape(text) || text.length > MAX_HELD
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
  const { config, transport } = parts

  async function send(
    request: UrlRequest,
    guards: FetchGuards & CallContext,
    trace: CallTrace,
  ): Promise<Response> {
    const planned = planFetch(config.resources, request, guards)
    trace.target = targetOf(planned)
    const use = parts.budgets.take(guards.run)
    try {
      const call = await withBody(planned, request.body, config.clock)
      return await guardedCall<StreamedResponse, Response>(parts, call, {
        trace,
        approval: guards,
        sendOnce: (http) =>
          streamRequest(transport, config.clock, http, timesLeft(call, http.timeoutMs, guards)),
        complete(response, token) {
          const totals = { bytes: 0, redacted: false }
          const scrubber = createScrubber(
            token,
            createClientIdRedactor(config.clientId),
            call.secrets,
          )
          const scrubbed = scrubbedBody(response.body, scrubber, totals)
          const { body, reasons } = keepReasons(response, scrubbed, scrubber)
          const headers = scrubbedHeaders(response.headers, scrubber)
          const statusText = scrubber.text(response.statusText ?? '').value
          const answer = { ...response, headers, statusText }
          const result = toResponse(answer, body, call.resource, (error) => {
            use.addBytes(totals.bytes)
            const details = trace.details()
            if (error) return trace.report(failedCall(error, details))
            const { status } = response
            const facts = { ...details, status, ...totals }
            trace.report({ type: 'request.completed', ...facts, ...reasons() })
          })
          const remember = (copy: Response): void => {
            scrubbers.set(copy, scrubber)
            rememberReasons(copy, reasons)
          }
          // A redirect has a URL of its own, even where it leads back.
          const isRedirected = response.url !== call.http.url
          return withAddress(result, response.url, isRedirected, remember)
        },
      })
    } finally {
      // The answer has begun. The caller decides how fast to read it, so it no longer counts as concurrent.
      use.release()
    }
  }

  return async function fetch(input, init = {}, guards = {}) {
    assertGuards(guards)
    const request = urlRequest(input, init, guards)
    const trace = new CallTrace(parts, guards)
    const { url: address, method } = request
    const asked = () => askedUrl({ address, method }, config)
    return traced(trace, asked, () => send(request, guards, trace))
  }
}

/** Copied before the first wait, so that later changes of the caller's objects have no effect. */
function urlRequest(input: unknown, init: RequestInit, limits: FetchGuards): UrlRequest {
  const { url, method, signal, mayFollow, ...given } = fetchArguments(input, init)
  const headers = standardHeaders(given.headers)
  const body = fetchBody(given.body)
  return {
    ...{ url, method, headers, signal, mayFollow, limits },
    body: body?.kind === 'stream' && given.isOfRequest ? inPieces(body.stream, headers) : body,
  }
}

function inPieces(
  stream: ReadableStream<Uint8Array>,
  headers: Readonly<Record<string, unknown>>,
): FetchBody {
  const isForm = /^multipart\/form-data/i.test(String(headers['content-type']))
  return { kind: 'pieces', stream, isForm }
}

/** The call with its body, read into memory within the time of the call. */
async function withBody(
  call: PlannedCall,
  body: FetchBody | undefined,
  clock: Clock,
): Promise<PlannedCall> {
  if (body?.kind !== 'pieces') return call
  const { timeoutMs: ms, signal } = call.http
  const bound = createBoundedSignal({ clock, ms, signal, keepAlive: true, reason: bodyTimeout })
  try {
    const http = Object.freeze({ ...call.http, body: await bytesOf(body, bound) })
    return Object.freeze({ ...call, http })
  } finally {
    bound.release()
  }
}

function bodyTimeout(): Error {
  return resourceError(
    'timeout',
    'The request body was not complete in time, so nothing was sent.',
    'Pass the URL, and the stream as `body` of the second argument, or raise `timeoutMs`.',
  )
}
