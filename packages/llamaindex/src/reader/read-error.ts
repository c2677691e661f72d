import {
  type ApprovalErrorCode,
  AuthSecError,
  ConfigError,
  type DelegationErrorCode,
  type ResourceErrorCode,
} from '@authsec/core'

/** What can be wrong with an answer of the API. */
export type ReadProblemCode =
  | 'http_error'
  | 'records_not_found'
  | 'record_unusable'
  | 'record_without_id'
  | 'record_repeated'
  | 'next_page_refused'
  | 'pagination_loop'
  | 'pagination_unclear'
  | 'too_many_pages'
  | 'line_too_long'

export type ReadErrorCode =
  | ReadProblemCode
  | ResourceErrorCode
  | DelegationErrorCode
  | ApprovalErrorCode

/** How far a read had come. Pages are counted from 1. */
export interface ReadState {
  /** The page that failed. */
  page: number
  /** Pages read completely before it. */
  pages: number
  /** Records on those pages. */
  records: number
}

export interface ReadErrorOptions extends ReadState {
  code: ReadErrorCode
  message: string
  hint: string
  status?: number | undefined
  retryable?: boolean | undefined
  requestId?: string | undefined
  carriedOut?: true | undefined
  detail?: string | undefined
  cause?: unknown
}

/** A read that did not reach its end: `page`, `pages` and `records` say how far it came, `code` says why. */
export class ReadError extends AuthSecError<ReadErrorCode> implements ReadState {
  override readonly name = 'ReadError'
  readonly page: number
  readonly pages: number
  readonly records: number

  constructor({ page, pages, records, ...options }: ReadErrorOptions) {
    super(options)
    this.page = page
    this.pages = pages
    this.records = records
  }

  static override isInstance(value: unknown): value is ReadError {
    return AuthSecError.isInstance(value) && value.name === 'ReadError'
  }

  override toJSON(): Record<string, unknown> {
    const { page, pages, records } = this
    return { ...super.toJSON(), page, pages, records }
  }
}

/** An error of one page. `pageError` adds how far the read had come. */
export function problem(
  code: ReadProblemCode | ResourceErrorCode,
  message: string,
  hint: string,
  more: { status?: number; retryable?: boolean; detail?: string | undefined } = {},
): AuthSecError<ReadErrorCode> {
  return new AuthSecError<ReadErrorCode>({ code, message, hint, ...more })
}

/** An error of one record. `index` counts from 0 over the whole read. */
export function recordProblem(
  code: ReadProblemCode,
  index: number,
  why: string,
  hint: string,
): AuthSecError<ReadErrorCode> {
  return problem(code, `Record ${index} of the read (from 0) ${why}.`, hint)
}

/**
 * The error of the read for an error of one of its pages; code, status and hint stay. Undefined for
 * aborts, `ConfigError`s and errors of the program's own functions: they do not concern the page.
 */
export function pageError(
  error: unknown,
  endpoint: string,
  state: ReadState,
): ReadError | undefined {
  if (!AuthSecError.isInstance(error) || ConfigError.isInstance(error)) return undefined
  const { code, message, hint, status, retryable, requestId, carriedOut, detail } = error
  const { page, pages, records } = state
  const pageCount = pages === 1 ? '1 page with ' : `${pages} pages with `
  const before = `${pages === 0 ? '' : pageCount}${records === 0 ? 'nothing' : `${records} records`}`
  return new ReadError({
    ...state,
    // A page throws `problem`s and what the client throws for a call, and these are all of their codes.
    code: code as ReadErrorCode,
    message: `Page ${page} of ${endpoint} could not be read: ${message} Read before it: ${before}.`,
    hint,
    status,
    retryable,
    requestId,
    carriedOut,
    detail,
    cause: error,
  })
}
