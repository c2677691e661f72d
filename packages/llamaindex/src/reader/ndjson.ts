import { ResourceError } from '@authsec/core'
import {
  parseUntrustedJson,
  readErrorDetail,
  scrubParsed,
  searchParams,
} from '@authsec/core/adapter'
import { LOOK_AT_API, type Source, statusProblem } from './fetch-page.ts'
import { problem } from './read-error.ts'
import { type ReadPlan, tokenPermission } from './read-plan.ts'
import type { ReadRun, ReadSummary } from './read-run.ts'
import type { AuthSecDocument } from './to-document.ts'

const MAX_LINE_BYTES = 1_048_576
/** Longest wait for the API in one stream, a day; `timeoutMs` of the resource bounds the wait for each piece. */
const MAX_WAIT_MS = 86_400_000
const NDJSON_TYPE = /^(application|text)\/(x-)?(ndjson|jsonl|jsonlines)$/

/** Documents from a stream with one JSON record a line. Memory holds at most one line and one piece of the body. */
export async function* batchesOf(
  source: Source,
  baseUrl: URL,
  plan: ReadPlan,
  run: ReadRun,
): AsyncGenerator<AuthSecDocument[], ReadSummary, undefined> {
  try {
    const { response, body } = await openStream(source, baseUrl, plan)
    const retrievedAt = new Date(source.clock.now()).toISOString()
    for await (const lines of linesOf(body)) {
      const parsed = lines.map(parseLine)
      const records = parsed.map(({ value }) => scrubParsed(response, value))
      const droppedKeys = parsed.reduce((sum, one) => sum + one.droppedKeys, 0)
      const documents = run.accept({ records, retrievedAt, droppedKeys, isPart: true })
      if (documents.length > 0) yield documents
    }
    run.accept({ records: [], retrievedAt })
  } catch (error) {
    plan.signal?.throwIfAborted()
    await run.fail(isTooLarge(error) ? streamTooLarge() : error, 1)
  }
  return run.summary
}

/**
 * The client checks the permission before it sends, and removes an echoed token or client ID from the
 * stream. Its errors, also those in the middle of the body, keep their codes.
 */
async function openStream(
  { client, clock }: Source,
  baseUrl: URL,
  plan: ReadPlan,
): Promise<{ response: Response; body: AsyncIterable<Uint8Array> }> {
  const response = await client.fetch(
    urlOf(baseUrl, plan),
    { signal: plan.signal ?? null, headers: { accept: 'application/x-ndjson' } },
    {
      permission: tokenPermission(plan),
      route: plan.endpoint,
      maxResponseBytes: plan.maxBytes,
      timeoutMs: MAX_WAIT_MS,
    },
  )
  const type = response.headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase() ?? ''
  const { body } = response
  if (response.ok && body && NDJSON_TYPE.test(type)) return { response, body }
  if (!response.ok) {
    throw statusProblem(response.status, await readErrorDetail(response, clock))
  }
  await response.body?.cancel()
  throw problem(
    'unexpected_content_type',
    'The content type of the answer is not NDJSON.',
    'Check the endpoint, and that its content type is application/x-ndjson.',
    { status: response.status },
  )
}

/** The client refuses a URL that is not below a configured resource. */
function urlOf(baseUrl: URL, { endpoint, query = {} }: ReadPlan): URL {
  const url = new URL(baseUrl.href + endpoint)
  url.search = searchParams(query).toString()
  return url
}

/** The complete lines of each piece that arrives. */
async function* linesOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<string[]> {
  let rest: Uint8Array[] = []
  let size = 0
  for await (const piece of body) {
    const lines: string[] = []
    let start = 0
    for (let end = piece.indexOf(10); end >= 0; end = piece.indexOf(10, start)) {
      lines.push(decode([...rest, piece.subarray(start, end)]))
      rest = []
      size = 0
      start = end + 1
    }
    rest.push(piece.subarray(start))
    size += piece.length - start
    if (size > MAX_LINE_BYTES) throw lineTooLong()
    yield lines.filter((line) => line.trim() !== '')
  }
  const last = decode(rest)
  if (last.trim() !== '') yield [last]
}

function decode(pieces: readonly Uint8Array[]): string {
  const bytes = Buffer.concat(pieces)
  if (bytes.length > MAX_LINE_BYTES) throw lineTooLong()
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw malformedLine('is not UTF-8')
  }
}

function parseLine(line: string): ReturnType<typeof parseUntrustedJson> {
  if (line.includes('\0')) throw malformedLine('contains a NUL character')
  return parseUntrustedJson(line, 200)
}

function malformedLine(why: string): Error {
  return problem('invalid_response', `A line of the stream ${why}.`, LOOK_AT_API)
}

function isTooLarge(error: unknown): boolean {
  return ResourceError.isInstance(error) && error.code === 'response_too_large'
}

function streamTooLarge(): Error {
  return problem(
    'response_too_large',
    'The stream is larger than `maxBytes` allows.',
    'Raise `maxBytes` of the reader, or ask the API for less.',
  )
}

function lineTooLong(): Error {
  return problem(
    'line_too_long',
    'A line of the stream is longer than 1 MiB.',
    'Each line must be one record. Read a long list in pages.',
  )
}
