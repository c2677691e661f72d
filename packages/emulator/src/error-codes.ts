import type { ConfigErrorCode } from './errors.ts'
import type { RefusalCode } from './server/web-guard.ts'
import type { OwnRouteErrorCode } from './vault/route-answer.ts'

/** What one code of an error stands for, in plain sentences without values. */
export interface ErrorCodeEntry {
  /** What happened. */
  readonly meaning: string
  /** Why it happens. */
  readonly cause: string
  /** What to do about it. Where an error has one fixed hint, this is the hint. */
  readonly fix: string
}

/** The codes of the emulator itself. What it answers in place of AuthSec is in docs/wire-contract.md. */
export type ErrorCode = ConfigErrorCode | RefusalCode | OwnRouteErrorCode

/**
 * What each code means, why it happens and what to do about it: the table of docs/errors.md.
 *
 * @example
 * ```ts
 * import { errorCodes } from '@authsec/emulator/error-codes'
 *
 * console.log(errorCodes.bad_gateway.fix)
 * ```
 */
export const errorCodes: Readonly<Record<ErrorCode, ErrorCodeEntry>> = {
  config_missing: {
    meaning: 'A required option is not set.',
    cause: 'It was never given.',
    fix: 'Set what the message names.',
  },
  config_invalid: {
    meaning: 'An option, a fault, a script or an argument cannot work.',
    cause:
      'The name is misspelt, the value has the wrong form, or two options contradict each other.',
    fix: 'Correct what the message names. The hint lists what is accepted.',
  },
  host_refused: {
    meaning: 'The emulator does not have the name and port in the header Host.',
    cause:
      'It is called by another name than its own, or a web page reaches it through DNS rebinding.',
    fix: 'To accept the name, use the option allowedHosts or --allow-host. The console answers to loopback names only.',
  },
  origin_refused: {
    meaning: 'Web pages of other origins may not call the emulator.',
    cause:
      'A page in a browser called the emulator, or a form of the console was sent from elsewhere.',
    fix: 'Call the emulator from a program, and use the console at the address that the emulator prints.',
  },
  credentials_refused: {
    meaning: 'The console is for people and takes no Authorization header.',
    cause: 'A program called the console, perhaps an agent with its token.',
    fix: 'Omit Authorization, and use `control` of the emulator in programs.',
  },
  form_required: {
    meaning: 'The console takes forms only.',
    cause: 'A program sent another content type to the console.',
    fix: 'Use `control` of the emulator in programs.',
  },
  bad_request: {
    meaning: 'The request has no single meaning, so it was not answered.',
    cause: 'It has no Host or several, or a target of another server.',
    fix: 'Correct the client, or the proxy in between that adds headers.',
  },
  method_not_allowed: {
    meaning: 'The emulator does not support this method.',
    cause: 'The client sent CONNECT or TRACE: it may take the emulator for a proxy.',
    fix: 'Use the address of the emulator as a base URL, not as a proxy.',
  },
  bad_gateway: {
    meaning: 'The API at the address in the option forward gave no answer (HTTP 502 or 504).',
    cause: 'It is not running, listens on another port, or took longer than 30 seconds.',
    fix: 'Start the API, and correct the option forward.',
  },
  handler_failed: {
    meaning: 'The handler of an own route or of forward failed.',
    cause: 'The function threw an error, or returned a value that cannot be sent.',
    fix: 'See the warning of the process, which has the error.',
  },
}
