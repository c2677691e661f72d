import { ConfigError } from '@authsec/core'

interface Failure {
  readonly message: string
  readonly hint: string
  readonly retryable?: true
}

const BUSY: Failure = {
  message: 'Other processes kept the database of the store locked.',
  hint: 'Raise timeoutMs of sqliteTokenStore, or see which process holds the database.',
  retryable: true,
}
const FULL: Failure = {
  message: 'The disk of the store is full.',
  hint: 'Free space on the disk that holds the database of the store.',
}
const FORBIDDEN: Failure = {
  message: 'This process may not read and write the database of the store.',
  hint: 'Let the user of this process read and write the database, its folder, and the files beside it.',
}
const DAMAGED: Failure = {
  message: 'The database of the store is damaged.',
  hint: 'Remove it when no approval is open, with the files of the same name beside it: its claims are lost.',
}
const OTHER: Failure = {
  message: 'The database of the store failed.',
  hint: 'See `systemCode`, and check the disk that holds the database.',
}

/** Primary result codes of SQLite (sqlite.org/rescode.html). */
const CODES: Readonly<Record<number, readonly [name: string, Failure]>> = {
  1: ['SQLITE_ERROR', OTHER],
  3: ['SQLITE_PERM', FORBIDDEN],
  5: ['SQLITE_BUSY', BUSY],
  6: ['SQLITE_LOCKED', BUSY],
  7: ['SQLITE_NOMEM', OTHER],
  8: ['SQLITE_READONLY', FORBIDDEN],
  10: ['SQLITE_IOERR', OTHER],
  11: ['SQLITE_CORRUPT', DAMAGED],
  13: ['SQLITE_FULL', FULL],
  14: ['SQLITE_CANTOPEN', FORBIDDEN],
  15: ['SQLITE_PROTOCOL', BUSY],
  23: ['SQLITE_AUTH', FORBIDDEN],
  26: ['SQLITE_NOTADB', DAMAGED],
}

/** What a failing database becomes: a cause and a remedy, without a path, a key or a value. */
export function sqliteError(error: unknown): ConfigError {
  if (ConfigError.isInstance(error)) return error
  const [, { message, hint, retryable }] = resultOf(error)
  const cause = namedCause(error)
  return new ConfigError({ code: 'store_unusable', message, hint, retryable, cause })
}

/** Whether another process has the database at the moment. */
export function isBusy(error: unknown): boolean {
  return resultOf(error)[1] === BUSY
}

/** For a database that cannot be opened: a mistake in its path, or an outage. */
export function openingError(error: unknown): ConfigError {
  const [, failure] = resultOf(error)
  if (failure === DAMAGED) {
    const hint = 'Name a file for the store alone; it is created if it is missing.'
    return unusablePath('is no database, or a damaged one', hint, namedCause(error))
  }
  if (failure === FORBIDDEN) {
    return unusablePath('cannot be opened as a database', FORBIDDEN.hint, namedCause(error))
  }
  return sqliteError(error)
}

/** @param problem - Follows the name of the option, without a full stop. */
export function unusablePath(problem: string, hint: string, cause?: unknown): ConfigError {
  return new ConfigError({ code: 'config_invalid', message: `path ${problem}.`, hint, cause })
}

export function closedStore(): ConfigError {
  return new ConfigError({
    code: 'store_unusable',
    message: 'The SQLite store was closed.',
    hint: 'Close the store after the clients that use it.',
  })
}

export function movedDatabase(): ConfigError {
  return new ConfigError({
    code: 'store_unusable',
    message:
      'The database of the store, or a file beside it, was removed or replaced while it was in use.',
    hint: 'Leave the file and those of the same name beside it to the store, and start this process anew. Claims may be lost: see that no approval is open.',
  })
}

function resultOf(error: unknown): readonly [name: string | undefined, Failure] {
  const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) : Number.NaN
  // The higher bits tell more than is needed here.
  return CODES[code & 0xff] ?? [undefined, OTHER]
}

/** Messages of SQLite can quote what was stored; what goes on are a name and a code. */
function namedCause(error: unknown): Error {
  const code = resultOf(error)[0] ?? systemCodeOf(error)
  const name = error instanceof Error ? error.name : 'Error'
  return Object.assign(new Error(), { name }, code !== undefined && { code })
}

/** Of a file that cannot be looked at. Codes of Node.js, such as `ERR_SQLITE_ERROR`, tell nothing. */
function systemCodeOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return /^E[A-Z0-9]+$/.test(code) ? code : undefined
}
