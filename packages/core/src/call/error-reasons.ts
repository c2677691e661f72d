import { Buffer } from '#runtime/platform/bytes'
import type { ErrorReasons } from '../events.ts'
import { apiReason } from '../http/api-reason.ts'
import type { HttpResponse } from '../http/send-request.ts'
import type { StreamedResponse } from '../http/stream-request.ts'
import type { Scrubber } from '../scrub/secret-scrubber.ts'
import { type Clock, waitFor } from '../support/clock.ts'
import { parseUntrustedJson } from './untrusted-json.ts'

/** Enough for any reason. A longer body has none. */
const MAX_BYTES = 16_384
const MAX_WAIT_MS = 5_000

interface ReadBody {
  readonly body: AsyncGenerator<Uint8Array>
  /** What has been read of the body says why; nothing for a success. */
  reasons(): ErrorReasons
}

/** The reasons of the responses that `client.fetch` returned. */
const known = new WeakMap<Response, ReadBody['reasons']>()

/** Keeps the start of the body of an error status, scrubbed, while the caller reads it. */
export function keepReasons(
  { status, headers }: StreamedResponse,
  body: AsyncGenerator<Uint8Array>,
  scrubber: Scrubber,
): ReadBody {
  if (status < 400) return { body, reasons: () => ({}) }
  const kept: Uint8Array[] = []
  const reasons = (): ErrorReasons => {
    const start = Buffer.concat(kept)
    const response = { status, headers, body: start.length > MAX_BYTES ? Buffer.alloc(0) : start }
    const data = parsed(response, scrubber)
    const found = apiReason(response, data, (text) => scrubber.text(text))
    return Object.fromEntries(Object.entries(found).filter(([, text]) => text !== undefined))
  }
  return { body: keeping(body, kept), reasons }
}

async function* keeping(
  body: AsyncGenerator<Uint8Array>,
  kept: Uint8Array[],
): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for await (const piece of body) {
    if (bytes <= MAX_BYTES) kept.push(piece.slice())
    bytes += piece.length
    yield piece
  }
}

function parsed({ status, headers, body }: HttpResponse, scrubber: Scrubber): unknown {
  const type = headers['content-type'] ?? ''
  if (!/^application\/([\w.-]+\+)?json\b/i.test(type)) return undefined
  try {
    return scrubber.json(parseUntrustedJson(body.toString(), status).value).value
  } catch {
    return undefined
  }
}

export function rememberReasons(response: Response, reasons: ReadBody['reasons']): void {
  known.set(response, reasons)
}

/**
 * Reads the body of an error that `client.fetch` returned, at most 16 KiB within 5 s, and ends it. Returns
 * the API's reason: scrubbed, on one line of at most 300 characters, and untrusted.
 *
 * @example
 * ```ts
 * import { createAuthSecClientFromEnv } from '@authsec/core'
 * import { readErrorDetail, systemClock } from '@authsec/core/adapter'
 *
 * const client = createAuthSecClientFromEnv()
 * const response = await client.fetch('https://api.example.com/v1/records')
 * if (!response.ok) console.log(await readErrorDetail(response, systemClock))
 * ```
 */
export async function readErrorDetail(
  response: Response,
  clock: Clock,
): Promise<string | undefined> {
  const reader = response.body?.getReader()
  if (reader) {
    // The status is known: a body that fails or takes too long takes nothing away from it.
    await waitFor(readStart(reader), clock, MAX_WAIT_MS).catch(() => undefined)
    await reader.cancel().catch(() => undefined)
  }
  return known.get(response)?.().detail
}

async function readStart(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  let bytes = 0
  while (bytes <= MAX_BYTES) {
    const { done, value } = await reader.read()
    if (done) return
    bytes += value.length
  }
}
