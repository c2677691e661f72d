import { ResourceError } from '@authsec/core'
import { parseScrubbed, readErrorDetail, searchParams } from '@authsec/core/adapter'
import { type Source, statusProblem } from './fetch-page.ts'
import { problem } from './read-error.ts'
import { LOOK_AT_API, readHints } from './read-hints.ts'
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
      const parsed = lines.map((line) => parseScrubbed(response, line))
      const records = parsed.map(({ value }) => value)
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

const LINE_FEED = 10

/** The complete lines of each piece that arrives. */
async function* linesOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<string[]> {
  let rest: Uint8Array[] = []
  let size = 0
  for await (const piece of body) {
    const end = piece.lastIndexOf(LINE_FEED) + 1
    if (end > 0) {
      yield linesIn(Buffer.concat([...rest, piece.subarray(0, end)]))
      rest = []
      size = 0
    }
    rest.push(piece.subarray(end))
    size += piece.length - end
    if (size > MAX_LINE_BYTES) throw lineTooLong()
  }
  const last = linesIn(Buffer.concat(rest))
  if (last.length > 0) yield last
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Decoded as one text, because to start a decoder takes longer than to decode a line. */
function linesIn(bytes: Uint8Array): string[] {
  if (bytes.length > MAX_LINE_BYTES) assertLengths(bytes)
  let text: string
  try {
    text = utf8.decode(bytes)
  } catch {
    throw malformedLine('is not UTF-8')
  }
  if (text.includes('\0')) throw malformedLine('contains a NUL character')
  return text
    .split('\n')
    .map(withoutMark)
    .filter((line) => line.trim() !== '')
}

/** Of each line, because a stream can be joined from files that begin with a byte order mark. */
function withoutMark(line: string): string {
  return line.startsWith('\ufeff') ? line.slice(1) : line
}

function assertLengths(bytes: Uint8Array): void {
  for (let start = 0; start < bytes.length; ) {
    const found = bytes.indexOf(LINE_FEED, start)
    const end = found < 0 ? bytes.length : found
    if (end - start > MAX_LINE_BYTES) throw lineTooLong()
    start = end + 1
  }
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
    readHints.line_too_long,
  )
}
