import { parseUntrustedJson } from '@authsec/core/adapter'
import { NO_PERMISSION_NEEDED } from '../retrieval/permission-filters.ts'
import { LOOK_AT_API, type Source, statusProblem } from './fetch-page.ts'
import { searchOf } from './next-page.ts'
import { invalidOption, problem } from './read-error.ts'
import type { ReadPlan } from './read-options.ts'
import type { ReadRun, ReadSummary } from './read-run.ts'
import type { AuthSecDocument } from './to-document.ts'

const MAX_LINE_BYTES = 1_048_576
const NDJSON_TYPE = /^(application|text)\/(x-)?(ndjson|jsonl|jsonlines)$/

/** Records as they stream in, one JSON value a line; at most one line and one piece of network are held. */
export async function* batchesOf(
  source: Source,
  plan: ReadPlan,
  run: ReadRun,
): AsyncGenerator<AuthSecDocument[], ReadSummary, undefined> {
  try {
    const { body, echo } = await open(source, plan)
    const retrievedAt = new Date(source.now()).toISOString()
    for await (const lines of linesOf(body)) {
      const records = lines.map((line) => parseLine(line, echo))
      const documents = run.accept({ records, retrievedAt, isPart: true })
      if (documents.length > 0) yield documents
    }
    run.accept({ records: [], retrievedAt })
  } catch (error) {
    plan.signal?.throwIfAborted()
    await run.fail(error, 1)
  }
  return run.summary
}

interface Stream {
  body: AsyncIterable<Uint8Array>
  /** The token's signature: what must not come back in a record. */
  echo: string
}

async function open({ client, baseUrl }: Source, plan: ReadPlan): Promise<Stream> {
  if (!baseUrl) {
    throw invalidOption('format', 'Streams need `baseUrl` of the reader: the URL of the resource.')
  }
  const { permission, signal = null } = plan
  const token = await client.getDelegationToken(plan.signal && { signal: plan.signal })
  if (permission !== NO_PERMISSION_NEEDED && !token.permissions.includes(permission)) {
    throw problem(
      'permission_missing',
      `The agent's delegation does not include the permission ${permission}.`,
      `Ask the AuthSec administrator to delegate ${permission} to this agent.`,
    )
  }
  const url = urlOf(baseUrl, plan)
  const response = await client.fetch(url, { signal, headers: { accept: 'application/x-ndjson' } })
  const type = response.headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase() ?? ''
  if (response.ok && response.body && NDJSON_TYPE.test(type)) {
    return { body: response.body, echo: token.value.slice(token.value.lastIndexOf('.') + 1) }
  }
  await response.body?.cancel()
  if (!response.ok) throw statusProblem(response.status)
  throw problem(
    'unexpected_content_type',
    'The API answered with something else than NDJSON.',
    'Check the endpoint, and that its content type is application/x-ndjson.',
    { status: response.status },
  )
}

/** The client refuses what is not below the configured resource. */
function urlOf(baseUrl: URL, { endpoint, query = {} }: ReadPlan): URL {
  const url = new URL(baseUrl.href + endpoint)
  url.search = searchOf(query).toString()
  return url
}

/** The complete lines of each piece that arrives. */
async function* linesOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<string[]> {
  let rest: Uint8Array[] = []
  let size = 0
  for await (const piece of bounded(body)) {
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
    if (size > MAX_LINE_BYTES) throw tooLong()
    yield lines.filter((line) => line.trim() !== '')
  }
  const last = decode(rest)
  if (last.trim() !== '') yield [last]
}

/** What breaks a stream off is foreign; it becomes an error of ours, without its words. */
async function* bounded(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* body
  } catch {
    throw problem('network_error', 'The stream broke off.', 'Read it again.', { retryable: true })
  }
}

function decode(pieces: readonly Uint8Array[]): string {
  const bytes = Buffer.concat(pieces)
  if (bytes.length > MAX_LINE_BYTES) throw tooLong()
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw malformed('is not UTF-8')
  }
}

function parseLine(line: string, echo: string): unknown {
  if (line.includes('\0')) throw malformed('holds a NUL character')
  // Streams are not scrubbed by the client, and what gets into an index stays there.
  if (line.includes(echo)) throw malformed("repeats the agent's token")
  return parseUntrustedJson(line, 200)
}

function malformed(why: string): Error {
  return problem('invalid_response', `A line of the stream ${why}.`, LOOK_AT_API)
}

function tooLong(): Error {
  return problem(
    'line_too_long',
    'A line of the stream is longer than 1 MiB.',
    'Each line must be one record; a list belongs into pages.',
  )
}
