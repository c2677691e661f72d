import { rm, rmdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { hold } from './claim-files.ts'
import type { StoreFolder } from './store-folder.ts'

/** Takes a lease, and returns what gives it back; `undefined` if somebody else has it. */
export async function takeLease(
  folder: StoreFolder,
  key: string,
  now: number,
  ttlMs: number,
): Promise<(() => Promise<void>) | undefined> {
  const path = await hold(folder, folder.path('leases', key), now, ttlMs)
  return path === undefined ? undefined : () => release(path)
}

async function release(path: string): Promise<void> {
  await rm(path, { force: true })
  // Fails, as it should, where the next lease has come in between.
  await rmdir(dirname(path)).catch(() => undefined)
}
