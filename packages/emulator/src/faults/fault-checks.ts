import {
  checkOptions,
  invalidOption,
  type OptionCheck,
  type OptionChecks,
} from '../support/option-checks.ts'
import {
  choice,
  milliseconds,
  object,
  optional,
  required,
  wholeNumber,
} from '../support/option-values.ts'
import type { Fault, FaultOptions } from './fault.ts'

type FaultChecks = {
  readonly [Kind in Fault['kind']]: OptionChecks<Omit<Extract<Fault, { kind: Kind }>, 'kind'>>
}

const TEN_YEARS_IN_SECONDS = 315_360_000
/** The shortest padded JSON text is an object with an empty string, which takes 10 bytes. */
const bytes = wholeNumber(10, Number.MAX_SAFE_INTEGER, 'bytes')

const checks: FaultChecks = {
  delay: { ms: milliseconds },
  hang: {},
  reset: {},
  drop_after_handling: {},
  reset_mid_body: {},
  truncated: {},
  drip: { ms: milliseconds },
  status: {
    status: wholeNumber(200, 599),
    body: optional(required(isJson, 'a text or a value that JSON can represent')),
    headers: optional(checkHeaders),
    retryAfter: optional(required(isHeaderValue, 'a text that a header can carry')),
  },
  redirect: {
    location: required(isHeaderValue, 'a text that a header can carry'),
    status: optional(wholeNumber(300, 399)),
  },
  html: {},
  truncated_json: {},
  oversize: { bytes },
  bomb: { encoding: choice('gzip', 'br', 'deflate'), bytes },
  headers_flood: {},
  echo: {},
  clock: { offsetSeconds: wholeNumber(-TEN_YEARS_IN_SECONDS, TEN_YEARS_IN_SECONDS, 'seconds') },
  wrong_client: {},
  expired_token: {},
  no_expiry: {},
  unsigned: {},
  reuse_approval: {},
}

const kind = choice(...Object.keys(checks))

/** Throws a `ConfigError` when the fault is unknown, or when a value of it cannot work. */
export function checkFault(fault: Fault): void {
  object(fault, 'fault')
  kind(fault.kind, 'fault.kind')
  const options: Readonly<Record<string, OptionCheck>> = { kind, ...checks[fault.kind] }
  checkOptions<Record<string, unknown>>(fault, `the fault "${fault.kind}"`, options, 'fault.')
}

/** Throws a `ConfigError` when no request can match the options. */
export function checkFaultOptions(options: FaultOptions): void {
  checkOptions<FaultOptions>(options, 'the fault options', {
    times: optional(required(isCount, 'a whole number from 1 upwards, or Infinity')),
    path: optional(
      required(isPath, "a path that starts with '/' and has no query, or a regular expression"),
    ),
  })
}

function isCount(value: unknown): boolean {
  return value === Number.POSITIVE_INFINITY || (Number.isSafeInteger(value) && Number(value) > 0)
}

function isPath(value: unknown): boolean {
  return value instanceof RegExp || (typeof value === 'string' && /^\/[^?#]*$/.test(value))
}

function isJson(value: unknown): boolean {
  try {
    return typeof JSON.stringify(value) === 'string'
  } catch {
    return false
  }
}

function isHeaderValue(value: unknown): value is string {
  return typeof value === 'string' && isHeader('x-value', value)
}

function isHeader(name: string, value: string): boolean {
  try {
    return new Headers([[name, value]]).has(name)
  } catch {
    return false
  }
}

function checkHeaders(value: unknown, field: string): void {
  const hint = `Set ${field} to an object of header names and texts.`
  object(value, field)
  for (const [name, item] of Object.entries(Object(value))) {
    if (typeof item !== 'string' || !isHeader(name, item)) {
      throw invalidOption(field, 'has a header that HTTP cannot carry', hint)
    }
  }
}
