import { type AuthSecErrorOptions, ResourceError, type ResourceErrorCode } from '../errors.ts'

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
