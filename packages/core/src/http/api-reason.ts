import { reasonIn } from '../support/error-reason.ts'
import { cutTo, plainLine, withoutInvisible } from '../support/plain-line.ts'
import { challengeIn, type TokenProblem, tokenProblemIn, tokenProblemNamed } from './challenge.ts'
import type { HttpResponse } from './send-request.ts'

/** What an API says about an error: its own words, without secrets, on one line. Untrusted. */
export interface ApiReason {
  /** From the body. At most 300 characters. */
  readonly detail: string | undefined
  /** From `WWW-Authenticate`: `error` and `error_description` (RFC 6750 section 3). Never for a model. */
  readonly challenge: string | undefined
  /** Why the token was rejected, where the answer says so in words that are known. */
  readonly tokenProblem: TokenProblem | undefined
}

type Scrub = (text: string) => { readonly value: string; readonly redacted: boolean }

const MAX_LENGTH = 300
/** Enough for any reason; what follows is not looked at. */
const MAX_READ = 4_096

/** The reason for an error status. `data` is the body if it is JSON, scrubbed already. */
export function apiReason(response: HttpResponse, data: unknown, scrub: Scrub): ApiReason {
  const { status, headers } = response
  const said = challengeIn(headers['www-authenticate'])
  const body = data === undefined ? plainText(response) : reasonIn(data)
  const texts = [said?.error, said?.description, body].filter((text) => text !== undefined)
  const parts = [said?.error, said?.description].filter((text) => text !== undefined)
  return {
    detail: body === undefined ? undefined : shownReason(body, scrub),
    challenge: parts.length === 0 ? undefined : shownReason(parts.join(': '), scrub),
    tokenProblem: status === 401 || status === 403 ? problem() : undefined,
  }

  /** The name of a problem says more than any words do. */
  function problem(): TokenProblem | undefined {
    if (said?.code !== undefined) return tokenProblemNamed(said.code)
    return tokenProblemNamed(Object(data).error) ?? tokenProblemIn(texts, status)
  }
}

/** The body, if it is plain text and no page. */
function plainText({ headers, body }: HttpResponse): string | undefined {
  const type = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase()
  if (type !== 'text/plain') return undefined
  const text = body.subarray(0, MAX_READ).toString('utf8').trim()
  return text === '' || text.startsWith('<') ? undefined : text
}

const REDACTED = '[REDACTED]'
/** Credentials of others are no reason for anything. */
const CREDENTIAL =
  /\beyJ[\w-]{6,}(?:\.[\w-]*){1,4}|(?<=\b(?:bearer|basic) )(?=\S*[\d=])[\w.~+/=-]{12,}|(?<=\b(?:password|secret|api_?key|token|signature)=)[^\s&"']+/gi

/** The API's words as they may be shown: without secrets and credentials, on one line of at most 300 characters. */
export function shownReason(text: string, scrub: Scrub): string | undefined {
  const clean = scrub(text.slice(0, MAX_READ)).value
  // Letters that nobody sees can stand between the letters of a token.
  if (scrub(withoutInvisible(clean)).redacted) return REDACTED
  const line = plainLine(clean).replace(CREDENTIAL, REDACTED)
  return line === '' ? undefined : cutTo(line, MAX_LENGTH)
}
