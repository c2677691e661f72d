import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A directory for one test, removed with `using`. */
export function storeDirectory(parent = tmpdir()): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(parent, 'authsec-store-'))
  return {
    path,
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  }
}

/** Where many small files cost little: in memory, on systems that have such a place. */
export const quickDirectory = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
