import { AuthSecError, ResourceError } from '../errors.ts'
import { type FileFailure, fileFailureOf } from '../files/file-failures.ts'

const HINTS: Readonly<Record<FileFailure, string>> = {
  full: 'Free space on the disk that holds the audit log.',
  forbidden: 'Let the user of this process create and write files in the folder of the audit log.',
  gone: 'Leave the files of the audit log alone while a process writes to them. The next line begins a new file.',
  busy: 'Try again with fewer calls at a time, or raise the limit of open files.',
  other: 'See `systemCode`, and check what the audit log is written to.',
}

/** Nothing was heard of a line within `timeoutMs`. */
export function slowLog(): Error {
  return new Error(SLOW)
}

/** The function of the log made a call that the log must write first. */
export function nestedWrite(): Error {
  return new Error(NESTED)
}

const NESTED = 'audit log is being written'
const SLOW = 'audit log too slow'
const CLOSED = 'audit log closed'

/** What keeps a record from being written after `close`. */
export function closedLog(): Error {
  return new Error(CLOSED)
}

/** What a call is refused with when a required log has no line about it. Nothing of a foreign error is repeated. */
export function auditUnavailable(error: unknown): AuthSecError {
  return unavailable('The audit log is required and cannot be written, so nothing was sent.', error)
}

/** What `onError` is told. */
export function recordsLost(error: unknown): AuthSecError {
  return unavailable('The audit log cannot be written, so records are lost.', error)
}

/** What `onError` is told when a folder keeps more than `maxFiles`. */
export function notRemoved(error: unknown): AuthSecError {
  return unavailable('Old files of the audit log cannot be removed.', error)
}

/** What `flush` and `close` reject with. */
export function notWritten(error: unknown): AuthSecError {
  return unavailable('The audit log cannot be written to its end.', error)
}

/** What `onError` is told when a client sent a call that a required log was not asked about. */
export function notAsked(): AuthSecError {
  return new ResourceError({
    code: 'audit_unavailable',
    message: 'A call was sent without asking the required audit log.',
    hint: 'Set onEvent to the audit log itself, or to combineObservers(audit, …): a function around it asks nobody.',
  })
}

function unavailable(message: string, error: unknown): AuthSecError {
  const failure = fileFailureOf(error)
  return new ResourceError({
    code: 'audit_unavailable',
    message,
    hint: failure === undefined ? foreignHint(error) : HINTS[failure],
    retryable: failure === 'busy',
    cause: error,
  })
}

function foreignHint(error: unknown): string {
  const message = error instanceof Error ? error.message : undefined
  if (message === CLOSED) return 'Close the audit log after the last call has ended.'
  if (message === NESTED)
    return 'Let `write` send lines with a client that this log does not observe.'
  if (message === SLOW)
    return 'See why the disk or the function `write` is slow, or raise timeoutMs.'
  if (AuthSecError.isInstance(error)) return error.hint
  return 'The function `write` failed. See what it writes to.'
}
