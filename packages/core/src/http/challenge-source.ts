import { parseObject } from '../support/json-object.ts'
import { type Challenge, challengeIn } from './challenge.ts'

/** A response whose body was read already: a text, or its JSON. */
export interface ChallengeResponse {
  readonly status: number
  readonly headers?:
    | Headers
    | Readonly<Record<string, string | readonly string[] | undefined>>
    | undefined
  readonly body?: unknown
}

type Fields = Readonly<Record<string, unknown>>

/** What a source says, in one form. */
export interface Denial {
  readonly status: number | undefined
  readonly challenge: Challenge | undefined
  /** Whether there is a challenge for a bearer. */
  readonly isBearer: boolean
  readonly fields: Fields
  readonly text: string
}

/** What a response, a body, an error or a text says. `undefined` for nothing. */
export function denialOf(source: unknown): Denial | undefined {
  if (typeof source === 'string') return denialOfText(source, undefined)
  if (typeof source !== 'object' || source === null) return undefined
  if (source instanceof Error) return denialOfError(source)
  const { status, headers, body }: { [Name in keyof ChallengeResponse]?: unknown } = source
  if (statusIn(status) === undefined || 'error' in source) return denialOfBody(source, undefined)
  const header = headerIn(headers)
  const inner = typeof body === 'string' ? denialOfText(body, status) : denialOfBody(body, status)
  return {
    ...inner,
    status: statusIn(status),
    challenge: challengeIn(header?.slice(0, 8_192)) ?? inner.challenge,
    isBearer: header === undefined ? inner.isBearer : /(^|, *)bearer\b/i.test(header),
  }
}

/** Of axios and got with the response, of others with its status at most. */
function denialOfError(error: Error): Denial {
  const { status, statusCode, code, response }: Fields = Object(error)
  const known = [status, statusCode, code].map(statusIn).find((one) => one !== undefined)
  const { status: own, statusCode: other, headers, data, body = data } = fieldsOf(response)
  const answered = statusIn(own) ?? statusIn(other)
  if (answered === undefined) return denialOfText(error.message, known)
  return denialOf({ status: answered, headers, body }) ?? denialOfText(error.message, answered)
}

/** A status as axios, httpx, the SDK of MCP and HTTP itself write it. */
const STATUS_TEXT =
  /\b(?:HTTP(?:\/[\d.]{1,3})?|status(?:[ _]?code)?)["']?[ :=]{1,3}(40[13])\b|\b(40[13]) (?:Unauthorized|Forbidden)\b/i

function statusInText(text: string): number | undefined {
  const [, after, before] = STATUS_TEXT.exec(text) ?? []
  return statusIn(Number(after ?? before))
}

/** A text is JSON, or has JSON at its end as the errors of some transports do, or is a sentence. */
function denialOfText(given: string, status: unknown): Denial {
  const text = given.slice(0, 65_536)
  const start = text.indexOf('{')
  const body = start === -1 ? undefined : parseObject(text.slice(start, text.lastIndexOf('}') + 1))
  const found = body ? denialOfBody(body, status) : undefined
  const isTold = found && Object.keys(found.fields).length > 0
  const known = statusIn(status) ?? statusInText(text)
  // A page speaks to people, and of anything.
  const words = /^\s*</.test(text) ? '' : text
  if (!isTold) return { ...EMPTY, status: known, text: words }
  return { ...found, status: found.status ?? known, text: found.text || words }
}

const EMPTY: Denial = {
  status: undefined,
  challenge: undefined,
  isBearer: false,
  fields: {},
  text: '',
}

/** The fields of a body, of an MCP result, or of a JSON-RPC error; those that AuthSec put into it come first. */
function denialOfBody(body: unknown, status: unknown): Denial {
  const outer = fieldsOf(body)
  const result = fieldsOf(outer['result'] ?? outer)
  const error = fieldsOf(outer['error'])
  const meta =
    fieldsOf(result['_meta'])['authsec'] ??
    fieldsOf(error['data'])['authsec'] ??
    fieldsOf(error['data'])
  const told = fieldsOf(meta)
  if (Object.keys(told).length === 0 && result['isError'] === true) {
    return denialOfResult(result, status)
  }
  const fields = Object.keys(told).length > 0 ? told : Object.keys(error).length > 0 ? error : outer
  return denialOfFields(fields, status)
}

/** The result of an MCP tool that failed: what is for programs, or else what is for a model. */
function denialOfResult({ structuredContent, content }: Fields, status: unknown): Denial {
  const fields = fieldsOf(structuredContent)
  if (Object.keys(fields).length > 0) return denialOfFields(fields, status)
  const texts = (Array.isArray(content) ? content.slice(0, 100) : []).map((part: unknown) => {
    const { type, text } = fieldsOf(part)
    return type === 'text' && typeof text === 'string' ? text : ''
  })
  return denialOfText(texts.join('\n'), status)
}

function denialOfFields(fields: Fields, status: unknown): Denial {
  const texts = [fields['error_description'], fields['message'], fields['error']]
  const header =
    fields['www_authenticate'] ?? fields['WWW-Authenticate'] ?? fields['www-authenticate']
  return {
    status: statusIn(status) ?? statusIn(fields['status']),
    challenge: typeof header === 'string' ? challengeIn(header.slice(0, 8_192)) : undefined,
    isBearer: typeof header === 'string' && /^bearer\b/i.test(header),
    fields,
    text: texts.filter((text) => typeof text === 'string').join(' '),
  }
}

function statusIn(value: unknown): number | undefined {
  const isStatus =
    typeof value === 'number' && Number.isInteger(value) && value >= 100 && value < 600
  return isStatus ? value : undefined
}

function headerIn(headers: unknown): string | undefined {
  if (headers instanceof Headers) return headers.get('www-authenticate') ?? undefined
  const found = Object.entries(fieldsOf(headers)).find(
    ([name]) => name.toLowerCase() === 'www-authenticate',
  )?.[1]
  const value: unknown = Array.isArray(found) ? found.join(', ') : found
  return typeof value === 'string' ? value : undefined
}

function fieldsOf(value: unknown): Fields {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isObject ? (value as Fields) : {}
}
