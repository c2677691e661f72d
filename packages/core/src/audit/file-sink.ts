import { accessSync, constants, mkdirSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { ConfigError } from '../errors.ts'
import { type AppendFile, openAppendFile, openDurableFile } from '../files/append-file.ts'
import { createFileNames, removeOldFiles } from '../files/file-names.ts'
import { othersMayWrite } from '../files/folders.ts'
import { createGroupCommit } from '../files/group-commit.ts'
import { invalidOption } from '../options/option-checks.ts'
import type { Clock } from '../support/clock.ts'
import type { AuditFileOptions } from './audit-options.ts'
import { fieldsOf } from './hash-chain.ts'
import type { Sink } from './sink.ts'

const MAX_BYTES = 67_108_864
/** Nobody waits for the lines of a log that is not required, so that they can share a sync. */
const BATCH_MS = 100

interface Parts {
  /** Names the files of this log beside those of others. */
  readonly chain: string
  readonly clock: Clock
  readonly required: boolean
  /** Old files could not be removed. */
  readonly onKept: (error: unknown) => void
}

/** Files of lines. Throws a `ConfigError` for a folder that cannot be used; files are opened when there is a line. */
export function createFileSink(options: AuditFileOptions, parts: Parts): Sink {
  const { maxBytes = MAX_BYTES, maxFiles, fsync = 'batch' } = options
  const { clock, required } = parts
  const path = resolve(options.path)
  const names = createFileNames(path, parts.chain.slice(0, 8))
  const commit = createGroupCommit(syncFile, clock, required ? 0 : BATCH_MS)
  let file: AppendFile | undefined
  let number = 0
  let openedAt = 0
  prepareFolder(dirname(path))

  async function syncFile(): Promise<void> {
    if (file?.state === 'open') await file.sync()
  }

  return {
    get isOpen() {
      return file?.state === 'open'
    },
    open() {
      const open = fsync === 'never' ? openAppendFile : openDurableFile
      // A clock that is set back must not change the order of the names.
      openedAt = Math.max(openedAt, clock.now())
      file = open(names.path(openedAt, number + 1))
      number += 1
      removeOld()
    },
    get room() {
      return maxBytes - (file?.size ?? 0)
    },
    append(lines) {
      file?.append(`${lines}\n`)
    },
    settle() {
      if (fsync === 'batch') return committed(file)
      if (fsync === 'always') file?.syncNow()
      return undefined
    },
    flush: () => committed(file, syncFile),
    close() {
      if (file?.state === 'open' && fsync !== 'never') file.syncNow()
      file?.close()
    },
  }

  /** A file that was closed in between was forced onto the disk before that. */
  async function committed(written: AppendFile | undefined, sync = commit): Promise<void> {
    await sync()
    if (written?.state !== 'lost') return
    throw Object.assign(new Error('The file was given up.'), { code: 'EIO' })
  }

  function removeOld(): void {
    if (maxFiles === undefined) return
    try {
      removeOldFiles(names.all(), maxFiles, clock.now(), isClosingLine)
    } catch (error) {
      parts.onKept(error)
    }
  }
}

function isClosingLine(line: string): boolean {
  const { kind, outcome } = fieldsOf(Buffer.from(line))
  return kind === 'log' && outcome === 'closed'
}

function prepareFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    accessSync(folder, constants.W_OK | constants.X_OK)
    if (!othersMayWrite(folder)) return
  } catch (error) {
    throw new ConfigError({
      code: 'config_invalid',
      message: 'file.path is in a folder that cannot be created and written.',
      hint: 'Let the user of this process create and write it. `systemCode` names the failure.',
      cause: error,
    })
  }
  throw invalidOption(
    'file.path',
    'is in a folder that every user of this machine may write',
    'Name a folder of your own for the audit log, such as one below the temporary directory.',
  )
}
