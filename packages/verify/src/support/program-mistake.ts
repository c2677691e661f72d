/**
 * Which errors only the program can cause. `@authsec/core` and `@authsec/verify` cannot import each other, so
 * each has this file, and a test of verify holds the two equal.
 */

/** What Node.js says of arguments, modules and permissions, and undici of what it was given. */
const MISTAKE_CODES = [
  /^ERR_INVALID_(ARG|URL|STATE|CHAR|THIS|RETURN|HTTP_TOKEN|PROTOCOL|OPT)/,
  /^ERR_(UNESCAPED_CHARACTERS|METHOD_NOT_IMPLEMENTED|MISSING_ARGS|ACCESS_DENIED|REQUIRE_|UNSUPPORTED_)/,
  /^(ERR_)?(MODULE_NOT_FOUND|UNKNOWN_BUILTIN_MODULE|PACKAGE_PATH_NOT_EXPORTED)$/,
  /^UND_(ERR_(INVALID_ARG|INVALID_RETURN_VALUE|NOT_SUPPORTED|CLOSED|DESTROYED)$|MOCK_ERR)/,
]

/** The ports that `fetch` refuses (Fetch 2.9): its message is all that tells. */
const REFUSED_BY_FETCH = /^(bad port|unknown scheme|invalid url)/i

/** A `TypeError` without a cause that stands for the network: those of Node.js, Deno, workerd and browsers. */
const NETWORK_PHRASE =
  /fetch failed|failed to fetch|load failed|network|terminated|error sending request|connection|socket|cancell?ed|aborted/i

const MISTAKES = ['ReferenceError', 'RangeError', 'SyntaxError']

export function isMistake(error: unknown, depth = 0): boolean {
  if (!(error instanceof Error) || depth > 5) return false
  const code: unknown = 'code' in error ? error.code : undefined
  if (typeof code === 'string') return MISTAKE_CODES.some((pattern) => pattern.test(code))
  if (error instanceof AggregateError) return isMistake(error.errors[0], depth + 1)
  if (error.cause instanceof Error) {
    return REFUSED_BY_FETCH.test(error.cause.message) || isMistake(error.cause, depth + 1)
  }
  // A text that is no JSON came from a server.
  if (MISTAKES.includes(error.name)) return !/JSON/.test(error.message)
  return error.name === 'TypeError' && !NETWORK_PHRASE.test(error.message)
}
