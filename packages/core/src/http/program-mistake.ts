import { AuthSecError, ConfigError, type ConfigErrorCode } from '../errors.ts'

/** What sends the requests: an option of the client, or the undici of this package. */
export type Sender = 'fetch' | 'dispatcher' | 'undici'

type Message = readonly [code: ConfigErrorCode, message: string, hint: string]

const MAY_BE_SENT = 'It is not known whether a request was sent.'

const messages: Readonly<Record<Sender, Message>> = {
  fetch: [
    'fetch_unusable',
    'The `fetch` option failed by a mistake in the program, not by a failure of the network.',
    `Correct the function: it takes (url, init) and returns a standard Response. For a proxy use the option \`proxy\`, or \`dispatcher\` with a dispatcher of undici 6, 7 or 8. ${MAY_BE_SENT}`,
  ],
  dispatcher: [
    'dispatcher_unusable',
    'The `dispatcher` option cannot send this request.',
    `Give an open dispatcher of undici 6, 7 or 8 that may reach this address; the code of the cause says more. ${MAY_BE_SENT}`,
  ],
  undici: [
    'module_missing',
    'The HTTP client undici does not work as it was loaded, which is a mistake of a bundler or of the installation.',
    'Keep undici out of the bundle (esbuild: --external:undici; webpack, Rollup and Vite: external), or install the package again, or pass a `fetch` function.',
  ],
}

/**
 * The `ConfigError` for an error that no network can cause, such as a call of `undefined`: it
 * comes again with every attempt, and nobody repairs it by looking at the network.
 */
export function asMistake(error: unknown, sender: Sender): unknown {
  if (AuthSecError.isInstance(error) || !isMistake(error)) return error
  const [code, message, hint] = messages[sender]
  return new ConfigError({ code, message, hint, cause: deepest(error) })
}

/** The error for a `fetch` function that did not return a standard Response. */
export function notAResponse(): ConfigError {
  const [code, , hint] = messages.fetch
  const message = 'The `fetch` option did not return a standard Response.'
  return new ConfigError({ code, message, hint })
}

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

function isMistake(error: unknown, depth = 0): boolean {
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

/** The error with the code, which `fetch` wraps into others. */
function deepest(error: unknown, depth = 0): unknown {
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof Error && depth < 5 ? deepest(cause, depth + 1) : error
}
