import {
  checkOptions,
  invalidOption,
  isText,
  type OptionCheck,
  type OptionChecks,
  optional,
  optionalChoice,
  optionalClock,
  optionalFunction,
  optionalList,
  optionalNumber,
  optionalObject,
  optionalSignal,
  optionalText,
  required,
} from '@authsec/core/adapter'
import { optionalClient } from '../support/option-values.ts'
import { checkPagination, isPlace } from './pagination-check.ts'
import type { AuthSecSecureReaderOptions, ReadOptions } from './read-options.ts'

const isPath = required(
  (value) => typeof value === 'string' && value.replace(/^\//, '').trim() !== '',
  'the path to read, below the resource, such as records',
)

const isEndpoint: OptionCheck = (value, field) => {
  isPath(value, field)
  if (!/[?#]/.test(String(value))) return
  throw invalidOption(
    field,
    'has a query or a fragment',
    'Give the path alone, such as records, and its parameters in `query`.',
  )
}

const isPermission: OptionCheck = required(
  (value) => typeof value === 'string' && value.trim() !== '',
  'the one permission that reading this endpoint takes, such as records:read, or NO_PERMISSION_NEEDED',
)

/** Other values would be sent as `[object Object]` or `NaN`. */
const isQuery: OptionCheck = (value, field) => {
  optionalObject(value, field)
  const values = Object.values(Object(value)).flat()
  if (values.every(isQueryValue)) return
  throw invalidOption(
    field,
    'has a value that is not a text, a finite number, a boolean or a date',
    'Give each parameter a text, a number, a boolean or a date, or a list of these; null leaves it out.',
  )
}

function isQueryValue(value: unknown): boolean {
  if (value === undefined || value === null) return true
  if (value instanceof Date) return !Number.isNaN(value.getTime())
  return ['string', 'boolean', 'bigint'].includes(typeof value) || Number.isFinite(value)
}

const optionalFields = optionalList(isText)

const isFieldList = required(
  (value) => Array.isArray(value) && value.length > 0,
  'a list of at least one field, or a function',
)

/** A document without text cannot be indexed, so an empty list is refused. */
const isTextOption: OptionCheck = (value, field) => {
  if (typeof value === 'function') return
  isFieldList(value, field)
  optionalFields(value, field)
}

const isBaseUrl: OptionCheck = (value, field) => {
  const url = URL.parse(String(value))
  const isWhole = url && /^https?:$/.test(url.protocol)
  if (isWhole && !url.search && !url.hash && !url.username && !url.password) return
  throw invalidOption(
    field,
    'is not the base URL of an API',
    'Give the base URL of the resource as in the client: http or https, without a query.',
  )
}

const readChecks: OptionChecks<ReadOptions> = {
  endpoint: optional(isEndpoint),
  permission: optional(isPermission),
  query: optional(isQuery),
  format: optionalChoice('json', 'ndjson'),
  pagination: optional(checkPagination),
  maxPages: optionalNumber({
    least: 1,
    most: Number.MAX_SAFE_INTEGER,
    unit: 'pages',
    integer: true,
  }),
  maxBytes: optionalNumber({
    least: 1,
    most: Number.MAX_SAFE_INTEGER,
    unit: 'bytes',
    integer: true,
  }),
  records: optional(isPlace),
  id: optional(isPlace),
  text: optional(isTextOption),
  metadata: optionalFields,
  clearance: optional(isPlace),
  recordPermission: optionalFunction,
  onPageError: optionalFunction,
  onProgress: optionalFunction,
  signal: optionalSignal,
}

/** Throws `ConfigError` for an option of one read that is unknown or cannot work. */
export function assertReadOptions(options: unknown): asserts options is Partial<ReadOptions> {
  checkOptions<Partial<ReadOptions>>(options, 'the read options', readChecks)
}

/** The same for the options of the reader, which are those of all its reads too. */
export function assertReaderOptions(
  options: unknown,
): asserts options is AuthSecSecureReaderOptions {
  checkOptions<AuthSecSecureReaderOptions>(options, 'the reader options', {
    ...readChecks,
    client: optionalClient,
    resource: optionalText,
    baseUrl: optional(isBaseUrl),
    clock: optionalClock,
  })
}

/** Throws `ConfigError` when neither the reader nor the read was given what every read takes. */
export function assertComplete(options: Partial<ReadOptions>): asserts options is ReadOptions {
  isEndpoint(options.endpoint, 'endpoint')
  isPermission(options.permission, 'permission')
}
