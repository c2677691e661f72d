import { hash, randomUUID } from 'node:crypto'
import { accessSync, constants, mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { ConfigError, systemCodeOf } from '../errors.ts'
import { othersMayWrite, syncFolderNow } from '../files/folders.ts'
import { unusableDirectory } from './store-errors.ts'

/**
 * The folders of a file store. Entries are named by the SHA-256 of their key, in sixteen folders by its first
 * digit, so that sweeping one of them is little work.
 */
export interface StoreFolder {
  path(kind: EntryKind, key: string): string
  /** One of the sixteen folders. */
  part(kind: EntryKind, number: number): string
  /** Where something is made before a rename publishes it, and where things go to be removed. */
  readonly drafts: string
  /** A new path in `drafts`. */
  draft(): string
}

const KINDS = ['claims', 'leases', 'values'] as const
type EntryKind = (typeof KINDS)[number]

export const PARTS = 16

const ONLY_OWNER = { recursive: true, mode: 0o700 } as const

/** Creates what is missing. Throws a `ConfigError` for a directory that cannot be used. */
export function openStoreFolder(directory: string): StoreFolder {
  const root = resolve(directory)
  const drafts = join(root, 'drafts')
  const part = (kind: EntryKind, number: number): string => join(root, kind, number.toString(16))
  create(root, [drafts, ...KINDS.flatMap((kind) => partNumbers().map((n) => part(kind, n)))])
  return {
    drafts,
    draft: () => join(drafts, randomUUID()),
    part,
    path(kind, key) {
      // By code units: in UTF-8 all lone surrogates are the same.
      const name = hash('sha256', Buffer.from(key, 'utf16le'))
      return join(root, kind, name.slice(0, 1), name)
    },
  }
}

function partNumbers(): number[] {
  return Array.from({ length: PARTS }, (_, number) => number)
}

function create(root: string, folders: readonly string[]): void {
  try {
    mkdirSync(root, ONLY_OWNER)
    refuseSharedDirectory(root)
    for (const folder of folders) {
      mkdirSync(folder, ONLY_OWNER)
      accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK)
    }
    for (const folder of [root, join(root, 'claims')]) syncFolderNow(folder)
  } catch (error) {
    throw ConfigError.isInstance(error) ? error : unusable(error)
  }
}

/** What somebody else could rename away is not safe, whatever the modes inside are. */
function refuseSharedDirectory(root: string): void {
  if (!othersMayWrite(root)) return
  throw unusableDirectory(
    'may be written by every user of this machine',
    'Name a directory of your own for the store, such as one below the temporary directory.',
  )
}

function unusable(error: unknown): unknown {
  if (isCode(error, 'EEXIST', 'ENOTDIR')) {
    const hint = 'Name a directory; it is created if it is missing.'
    return unusableDirectory('is a file, or lies below one', hint, error)
  }
  const hint =
    'Let the user of this process create, read and write it. `systemCode` names the failure.'
  return unusableDirectory('cannot be created, read and written', hint, error)
}

/** Whether the file system reported one of these codes. */
export function isCode(error: unknown, ...codes: readonly string[]): boolean {
  return codes.includes(systemCodeOf(error) ?? '')
}
