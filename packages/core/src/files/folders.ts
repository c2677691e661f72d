import { closeSync, fsyncSync, openSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'

const OTHERS_MAY_WRITE = 0o002

/**
 * Whether every user of this machine may rename or remove what is in a folder, whatever the modes inside are. Throws
 * what the system does.
 *
 * @example
 * ```ts
 * import { othersMayWrite } from '@authsec/core/adapter'
 *
 * export const isPrivate = (folder: string): boolean => !othersMayWrite(folder)
 * ```
 */
export function othersMayWrite(folder: string): boolean {
  return process.platform !== 'win32' && (statSync(folder).mode & OTHERS_MAY_WRITE) !== 0
}

/** Makes what was created or renamed in a folder survive a loss of power. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows has no such operation.
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

export function syncFolderNow(folder: string): void {
  if (process.platform === 'win32') return
  const file = openSync(folder, 'r')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
