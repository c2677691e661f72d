import { Buffer } from '#runtime/platform/bytes'
import type { ResourceError } from '../errors.ts'
import { apiReason } from '../http/api-reason.ts'
import { permissionNames, type TokenProblem } from '../http/challenge.ts'
import type { HttpResponse } from '../http/send-request.ts'
import { resourceError, resourceHints } from '../policy/resource-error.ts'
import { mayHaveEscape } from '../scrub/disguises.ts'
import { createScrubber, type Scrubber } from '../scrub/secret-scrubber.ts'
import { createClientIdRedactor } from '../support/redact-client-id.ts'
import type { DelegationToken } from '../token/delegation-token.ts'
import { invalidJson, parseBody } from './untrusted-json.ts'

export interface SecureFetchResponse {
  /** Whether the status is 200 to 299. */
  ok: boolean
  status: number
  /** Content type, paging, rate limits and the request ID; nothing else. */
  headers: Readonly<Record<string, string>>
  /** The permission that the API names as missing (RFC 6750 section 3.1, `insufficient_scope`). */
  missingPermission: string | undefined
  /** Why the token was rejected, where a 401 or 403 says so in words that are known. */
  tokenProblem: TokenProblem | undefined
  /**
   * The API's reason for an error status, in its own words: untrusted, without secrets, on one line of at
   * most 300 characters. `undefined` for a success, and where the body gives none.
   */
  detail: string | undefined
  /** The parsed JSON; `undefined` for an empty body, or a body of an error status that is not JSON. A tool can have it read otherwise. */
  data: unknown
  /** The JSON as it came, with secrets removed. */
  text: string
  /** Length of the body as received. */
  bytes: number
  /** Whether the API echoed the token or the client ID, and it was removed. */
  redacted: boolean
  /** How many keys of the JSON were left out of `data`, because they would reach prototypes: 0 for honest data. */
  droppedKeys: number
}

/** The part of an answer that is passed on, and what is told to observers only. */
export interface ReadResponse {
  readonly result: SecureFetchResponse
  /** The text of `WWW-Authenticate`, scrubbed. For events, never for a model. */
  readonly challenge: string | undefined
}

/** How a tool has its answers read, where that is not as JSON. The developer decides it, never a model. */
export interface AnswerForm {
  /** Sent as `accept`. Default: JSON. */
  readonly accept?: string | undefined
  /** Largest body in bytes after decoding, if that is less than the resource allows. */
  readonly maxBytes?: number | undefined
  /** Reads the body of a success. Throws `ResourceError`. Default: as JSON. */
  readonly read?: ((response: HttpResponse, scrubber: Scrubber) => AnswerContent) | undefined
  /** Told what else the tool needs: where the request went, and what finds the secrets of this call, which are others with another token. */
  readonly received?: ((url: URL, scrubber: Scrubber, token: object) => void) | undefined
}

/** What an answer is read with: the secrets that it may echo, where the request went, and how its body is read. */
interface AnswerFacts {
  readonly clientId: string
  readonly secrets: readonly string[]
  readonly url: URL
  readonly form?: AnswerForm | undefined
}

/** The part of an answer that is passed on: harmless headers, content and a reason without secrets. */
export function readResponse(
  response: HttpResponse,
  token: DelegationToken,
  { clientId, secrets, url, form }: AnswerFacts,
): ReadResponse {
  const scrubber = createScrubber(token, createClientIdRedactor(clientId), secrets)
  form?.received?.(url, scrubber, token)
  const result = readContent(response, scrubber, form?.read ?? readJson)
  if (result.ok) return { result, challenge: undefined }
  const { challenge, ...reason } = apiReason(response, result.data, scrubber.text)
  return { result: { ...result, ...reason }, challenge }
}

function readContent(
  response: HttpResponse,
  scrubber: Scrubber,
  read: typeof readJson,
): SecureFetchResponse {
  const { status, body } = response
  const ok = status >= 200 && status < 300
  const headers = publicHeaders(response.headers, scrubber)
  const challenge = status === 403 ? response.headers['www-authenticate'] : undefined
  const { data, text, redacted, droppedKeys } = ok
    ? successContent(response, scrubber, read)
    : errorContent(response, scrubber)
  return {
    ok,
    status,
    headers: headers.value,
    missingPermission: missingPermission(challenge, scrubber),
    tokenProblem: undefined,
    detail: undefined,
    data,
    text,
    bytes: body.length,
    redacted: redacted || headers.redacted,
    droppedKeys,
  }
}

/** What was read of a body, without secrets. */
export type AnswerContent = Pick<SecureFetchResponse, 'data' | 'text' | 'redacted' | 'droppedKeys'>

const NO_CONTENT: AnswerContent = { data: undefined, text: '', redacted: false, droppedKeys: 0 }

function successContent(
  response: HttpResponse,
  scrubber: Scrubber,
  read: typeof readJson,
): AnswerContent {
  return response.body.length === 0 ? NO_CONTENT : read(response, scrubber)
}

/** For an error status the status is enough: a body that is not JSON is not passed on. */
function errorContent(response: HttpResponse, scrubber: Scrubber): AnswerContent {
  try {
    return successContent(response, scrubber, readJson)
  } catch {
    return NO_CONTENT
  }
}

/** Scrubbed before it is parsed, and once more after that: an escape can hide in an escaped text. */
function readJson(response: HttpResponse, scrubber: Scrubber): AnswerContent {
  const { value: text, redacted } = scrubber.text(jsonText(response, scrubber))
  const bytes = redacted ? Buffer.from(text) : response.body
  const { value: data, droppedKeys } = parseBody(text, bytes, response.status)
  if (!mayHaveEscape(text)) return { data, text, redacted, droppedKeys }
  const clean = scrubber.json(data)
  if (!clean.redacted) return { data, text, redacted, droppedKeys }
  const { value } = clean
  return { data: value, text: JSON.stringify(value), redacted: true, droppedKeys }
}

/** The challenge is server text: only names of permissions are passed on. */
function missingPermission(challenge: string | undefined, scrubber: Scrubber): string | undefined {
  if (!challenge?.includes('error="insufficient_scope"')) return undefined
  const scope = /[ ,]scope="([^"]{1,500})"/.exec(challenge)?.[1] ?? ''
  const text = permissionNames(scope.split(' ')).join(' ')
  return text === '' || scrubber.text(text).redacted ? undefined : text
}

/** Response headers that are passed on; others may carry cookies, challenges or parts of the request. */
const PUBLIC_HEADERS: ReadonlySet<string> = new Set([
  ...['content-type', 'content-language', 'etag', 'last-modified', 'retry-after', 'link'],
  ...['x-request-id', 'x-total-count', 'ratelimit'],
])

function isPublic(name: string): boolean {
  return (
    PUBLIC_HEADERS.has(name) || name.startsWith('x-ratelimit-') || name.startsWith('ratelimit-')
  )
}

/** What almost every answer says of itself, which is no secret: of 16 characters, as a part of a token is. */
const JSON_TYPE = 'application/json'
const NO_SECRET = { value: JSON_TYPE, redacted: false }

function publicHeaders(
  headers: Readonly<Record<string, string>>,
  scrubber: Scrubber,
): { value: Record<string, string>; redacted: boolean } {
  const value: Record<string, string> = {}
  let redacted = false
  for (const name of Object.keys(headers)) {
    const sent = isPublic(name) ? headers[name] : undefined
    if (sent === undefined) continue
    const clean = sent === JSON_TYPE ? NO_SECRET : scrubber.text(sent)
    value[name] = clean.value
    redacted ||= clean.redacted
  }
  return { value, redacted }
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true })

function mediaType(header: string): string {
  return header === JSON_TYPE ? header : (header.split(';', 1)[0] ?? '').trim().toLowerCase()
}

/** The error for an answer of another kind than `expected`, such as a login page. Its type is the API's text, and can be an echo. */
export function unexpectedType(
  { body, status, headers }: HttpResponse,
  expected: string,
  scrubber: Scrubber,
): ResourceError {
  const sent = scrubber.text(headers['content-type'] ?? '')
  const type = sent.redacted ? '' : mediaType(sent.value)
  const shown = /^[\w.+-]{1,30}\/[\w.+-]{1,60}$/.test(type) ? type : 'no readable type'
  return resourceError(
    'unexpected_content_type',
    `The API answered with ${shown} instead of ${expected} (${body.length} bytes).`,
    resourceHints.unexpected_content_type,
    { status },
  )
}

/** The body as text; throws unless it is JSON by its type and valid UTF-8. */
function jsonText(response: HttpResponse, scrubber: Scrubber): string {
  const type = mediaType(response.headers['content-type'] ?? '')
  if (type !== JSON_TYPE && !/^application\/[\w.-]+\+json$/.test(type)) {
    throw unexpectedType(response, 'JSON', scrubber)
  }
  try {
    return strictUtf8.decode(response.body)
  } catch {
    throw invalidJson(response.status)
  }
}
