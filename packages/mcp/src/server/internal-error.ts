/** Message and hint for an error that is not of AuthSec: its own text may quote what a client must not see. */
export const INTERNAL_ERROR = {
  message: 'The tool failed unexpectedly.',
  hint: 'The operator of the server finds the error through `onError`.',
} as const
