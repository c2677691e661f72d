import {
  accessSync,
  type BigIntStats,
  closeSync,
  constants,
  mkdirSync,
  openSync,
  realpathSync,
  statSync,
} from 'node:fs'
import { dirname, resolve } from 'node:path'
import { ConfigError } from '@authsec/core'
import { othersMayWrite } from '@authsec/core/adapter'
import { unusablePath } from './sqlite-errors.ts'

export interface DatabaseFile {
  readonly path: string
  /** Without links: SQLite puts its other files beside this one. */
  readonly ownPath: string
}

/** Creates the file and its folder for their owner alone, before SQLite would for everybody. */
export function openFile(name: string): DatabaseFile {
  refuseNoFile(name)
  const path = resolve(name)
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    refuseShared(dirname(path), 'lies in a folder that every user of this machine may write')
    createIfMissing(path)
    refuseUnusable(path)
    // SQLite gives its files beside this one the same mode.
    refuseShared(path, 'may be written by every user of this machine')
    return { path, ownPath: realpathSync(path) }
  } catch (error) {
    if (ConfigError.isInstance(error)) throw error
    throw unusablePath(
      'cannot be created, read and written',
      'Let the user of this process create, read and write it. `systemCode` names the failure.',
      error,
    )
  }
}

/** Names that SQLite takes for something else than a file. */
function refuseNoFile(name: string): void {
  if (!name.startsWith(':') && !/^file:/i.test(name)) return
  throw unusablePath(
    'must be the path of a file',
    'Other processes see a file alone; for one process there is createMemoryStore of @authsec/core/store.',
  )
}

/**
 * A file that is there is never opened here: the system drops all locks that a process has on a file when the process
 * closes it once, those of SQLite included.
 */
function createIfMissing(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600))
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
}

function refuseUnusable(path: string): void {
  if (!statSync(path).isFile()) {
    throw unusablePath('is no file', 'Name a file; it is created if it is missing.')
  }
  accessSync(path, constants.R_OK | constants.W_OK)
}

function refuseShared(path: string, problem: string): void {
  if (!othersMayWrite(path)) return
  throw unusablePath(
    problem,
    'Name a file in a folder of your own; it is created if it is missing.',
  )
}

/** Whether files are those that they are now, and none was removed or replaced. */
export function filesInPlace(...files: readonly string[]): () => boolean {
  const before = files.map(statOf)
  return () =>
    files.every((file, index) => {
      const [is, was] = [statOf(file), before[index]]
      return is !== undefined && is.dev === was?.dev && is.ino === was.ino
    })
}

function statOf(file: string): BigIntStats | undefined {
  return statSync(file, { throwIfNoEntry: false, bigint: true })
}
