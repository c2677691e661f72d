import { AuthSecError, ConfigError } from '../errors.ts'
import { type FileFailure, fileFailureOf } from '../files/file-failures.ts'

interface Failure {
  readonly message: string
  readonly hint: string
  readonly retryable?: true
}

const FAILURES: Readonly<Record<FileFailure, Failure>> = {
  full: {
    message: 'The disk of the store is full.',
    hint: 'Free space on the disk that holds the directory of the store.',
  },
  forbidden: {
    message: 'This process may not read and write the files of the store.',
    hint: 'Let the user of this process read and write the directory of the store and all in it.',
  },
  gone: {
    message: 'The directory of the store was removed or changed while it was in use.',
    hint: 'Leave the directory to the store. Its claims are lost with it: create it anew when no approval is open.',
  },
  busy: {
    message: 'The system had no room for another open file of the store.',
    hint: 'Try again with fewer calls at a time, or raise the limit of open files.',
    retryable: true,
  },
  other: {
    message: 'The file system of the store failed.',
    hint: 'See `systemCode`, and check the disk that holds the directory of the store.',
  },
}

/** What a failing file system becomes: a cause and a remedy, without a path. Other errors stay what they are. */
export function storeError(error: unknown): unknown {
  const failure = fileFailureOf(error)
  if (AuthSecError.isInstance(error) || failure === undefined) return error
  const { message, hint, retryable } = FAILURES[failure]
  return new ConfigError({ code: 'store_unusable', message, hint, retryable, cause: error })
}

/** Too many other processes changed the same claim in between. */
export function busyClaim(): ConfigError {
  return new ConfigError({
    code: 'store_unusable',
    message: 'The claim or lease changed too often to know who holds it.',
    hint: 'Try again, or claim for a longer time.',
    retryable: true,
  })
}

/** @param freeAt - When the first of its claims ends. */
export function fullOfClaims(freeAt: Date): ConfigError {
  return new ConfigError({
    code: 'store_unusable',
    message: 'The memory store is full of claims and leases that still hold.',
    hint: 'Raise maxEntries of createMemoryStore, or claim for a shorter time.',
    retryable: true,
    retryAt: freeAt,
  })
}

/** @param problem - Follows the name of the option, without a full stop. */
export function unusableDirectory(problem: string, hint: string, cause?: unknown): ConfigError {
  return new ConfigError({
    code: 'config_invalid',
    message: `directory ${problem}.`,
    hint,
    cause,
  })
}
