import { type AuthSecErrorOptions, ResourceError, type ResourceErrorCode } from '../errors.ts'

/** The remedy of each code whose errors all have the same one. */
export const resourceHints = {
  header_refused:
    'Leave authorization and connection headers out; other values must be printable ASCII.',
  body_not_json:
    'Pass plain data: no functions, symbols, BigInts, NaN, Infinity, invalid dates or cyclic references.',
  unexpected_content_type: 'Check the base URL: a login page or a proxy may have answered.',
} as const satisfies Partial<Record<ResourceErrorCode, string>>

/** The error for a call that is refused, or whose answer is not passed on. */
export function resourceError(
  code: ResourceErrorCode,
  message: string,
  hint: string,
  facts?: Pick<
    AuthSecErrorOptions<ResourceErrorCode>,
    'status' | 'retryable' | 'retryAt' | 'carriedOut' | 'cause'
  >,
): ResourceError {
  return new ResourceError({ code, message, hint, ...facts })
}
