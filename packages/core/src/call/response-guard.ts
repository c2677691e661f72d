import type { HttpResponse } from '../http/send-request.ts'
import { resourceError } from '../policy/resource-error.ts'
import type { RedactClientId } from '../support/redact-client-id.ts'
import type { DelegationToken } from '../token/delegation-token.ts'
import { scrubSecrets } from './secret-scrubber.ts'
import { invalidJson, parseUntrustedJson } from './untrusted-json.ts'

export interface SecureFetchResponse {
  /** Whether the status is 200 to 299. */
  ok: boolean
  status: number
  /** Content type, paging, rate limits and the request ID; nothing else. */
  headers: Readonly<Record<string, string>>
  /** The permission that the API names as missing (RFC 6750 section 3.1, `insufficient_scope`). */
  missingPermission: string | undefined
  /** The parsed JSON; `undefined` for an empty body, or a body of an error status that is not JSON. */
  data: unknown
  /** The JSON as it came, with secrets removed. */
  text: string
  /** Length of the body as received. */
  bytes: number
  /** Whether the API echoed the token or the client ID, and it was removed. */
  redacted: boolean
}

/** The part of an answer that is passed on: harmless headers, and JSON without secrets. */
export function readResponse(
  response: HttpResponse,
  token: DelegationToken,
  redactClientId: RedactClientId,
): SecureFetchResponse {
  const { status, body } = response
  const ok = status >= 200 && status < 300
  const empty = {
    ok,
    status,
    headers: publicHeaders(response.headers),
    missingPermission:
      status === 403 ? missingPermission(response.headers['www-authenticate']) : undefined,
    ...{ data: undefined, text: '', bytes: body.length, redacted: false },
  }
  if (body.length === 0) return empty
  try {
    const { text, redacted } = scrubSecrets(jsonText(response), token, redactClientId)
    return { ...empty, data: parseUntrustedJson(text, status), text, redacted }
  } catch (error) {
    // For an error status the status is enough; the body is not passed on.
    if (ok) throw error
    return empty
  }
}

/** The challenge is server text: only names of permissions are passed on. */
function missingPermission(challenge: string | undefined): string | undefined {
  if (!challenge?.includes('error="insufficient_scope"')) return undefined
  return /[ ,]scope="([\w:.*/ -]{1,200})"/.exec(challenge)?.[1]
}

/** Response headers that are passed on; others may carry cookies, challenges or parts of the request. */
const PUBLIC_HEADER =
  /^(content-(type|language)|etag|last-modified|retry-after|link|x-(request-id|total-count|ratelimit-.*)|ratelimit(-.*)?)$/

function publicHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => PUBLIC_HEADER.test(name)))
}

/** The body as text; throws unless it is JSON by its type and valid UTF-8. */
function jsonText(response: HttpResponse): string {
  const type = response.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase() ?? ''
  if (type !== 'application/json' && !/^application\/[\w.-]+\+json$/.test(type)) {
    const shown = /^[\w.+/-]{1,60}$/.test(type) ? type : 'no readable type'
    throw resourceError(
      'unexpected_content_type',
      `The API answered with ${shown} instead of JSON (${response.body.length} bytes).`,
      'Check the base URL: a login page or a proxy may have answered.',
      { status: response.status },
    )
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(response.body)
  } catch {
    throw invalidJson(response.status)
  }
}
