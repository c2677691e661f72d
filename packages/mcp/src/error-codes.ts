import type { ErrorCodeEntry } from '@authsec/core/error-codes'
import type { HttpErrorCode } from './http/rejected-response.ts'
import { INTERNAL_ERROR } from './server/internal-error.ts'

export type { ErrorCodeEntry }

/** The codes that this package adds to those of `@authsec/core` (tools) and `@authsec/verify` (callers). */
export type ErrorCode = 'internal_error' | HttpErrorCode

/**
 * What each code means, why it happens and what to do about it: the table of docs/errors.md.
 *
 * @example
 * ```ts
 * import { errorCodes } from '@authsec/mcp/error-codes'
 *
 * console.log(errorCodes.host_refused.fix)
 * ```
 */
export const errorCodes: Readonly<Record<ErrorCode, ErrorCodeEntry>> = {
  internal_error: {
    meaning: INTERNAL_ERROR.message,
    cause: 'Code of the program, such as an event handler or a custom store, threw an error.',
    fix: INTERNAL_ERROR.hint,
  },
  host_refused: {
    meaning: 'The server over HTTP does not have the name in the header Host.',
    cause:
      'It is called by another name than its own, or a web page reaches it through DNS rebinding.',
    fix: 'To accept the name, use the option allowedHosts or --allow-host.',
  },
  origin_refused: {
    meaning: 'Web pages of this origin may not call the server over HTTP.',
    cause: 'A browser sent an Origin that is neither the own one nor allowed.',
    fix: 'To let the page call, use the option allowedOrigins or --allow-origin.',
  },
  not_found: {
    meaning: 'The server over HTTP has nothing at this path.',
    cause: 'The client is configured with another path than that of the server.',
    fix: 'Give the client the whole URL that the server prints when it starts.',
  },
  bad_request: {
    meaning: 'The request has no single meaning, so it was not answered.',
    cause: 'It has no Host or several, a target of another server, or two Authorization headers.',
    fix: 'Correct the client, or the proxy in between that adds headers.',
  },
  caller_unknown: {
    meaning: 'The server acts for many agents, and for none in the place of this caller.',
    cause: 'The function `client` of the handler returned nothing for the verified caller.',
    fix: 'Register the caller with the operator of the server, or call as somebody who is.',
  },
  method_not_allowed: {
    meaning: 'The server over HTTP does not support this method.',
    cause: 'The client sent CONNECT or TRACE: it may take the server for a proxy.',
    fix: 'Use the URL of the server as that of an MCP server, not of a proxy.',
  },
}
