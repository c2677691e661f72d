import { AuthSecError, ConfigError, type ConfigErrorCode } from '../errors.ts'
import { isMistake } from '../support/program-mistake.ts'

/** What sends the requests: an option of the client, the undici of this package, or the `fetch` of the runtime. */
export type Sender = 'fetch' | 'dispatcher' | 'undici' | 'runtime'

type Message = readonly [code: ConfigErrorCode, message: string, hint: string]

const MAY_BE_SENT = 'It is not known whether a request was sent.'

export const mistakeMessages: Readonly<Record<Sender, Message>> = {
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
  runtime: [
    'fetch_unusable',
    'The `fetch` of this runtime cannot send this request, which is no failure of the network.',
    `Name a server, a port and a method that it may use, or pass a \`fetch\` function; the cause says more. ${MAY_BE_SENT}`,
  ],
}

/**
 * The `ConfigError` for an error that no network can cause, such as a call of `undefined`: it
 * comes again with every attempt, and nobody repairs it by looking at the network.
 */
export function asMistake(error: unknown, sender: Sender): unknown {
  if (AuthSecError.isInstance(error) || !isMistake(error)) return error
  const [code, message, hint] = mistakeMessages[sender]
  return new ConfigError({ code, message, hint, cause: deepest(error) })
}

/** The error for a `fetch` function that did not return a standard Response. */
export function notAResponse(): ConfigError {
  const [code, , hint] = mistakeMessages.fetch
  const message = 'The `fetch` option did not return a standard Response.'
  return new ConfigError({ code, message, hint })
}

/** The error with the code, which `fetch` wraps into others. */
function deepest(error: unknown, depth = 0): unknown {
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof Error && depth < 5 ? deepest(cause, depth + 1) : error
}
