/** Message and hint for an error that is not of AuthSec: its own text may quote what a client must not see. */
export const INTERNAL_ERROR = {
  message: 'The tool failed unexpectedly.',
  hint: 'The operator of the server finds the error through `onError`.',
} as const

/** What was thrown, for `onError`. */
export function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error('A value that is not an Error was thrown.')
}
