import { checkOptions, type OptionChecks } from '../options/option-checks.ts'
import { isText, optionalClock } from '../options/option-values.ts'
import { type Clock, systemClock } from '../support/clock.ts'
import { takeClaim } from './claim-files.ts'
import { takeLease } from './lease-files.ts'
import type { LeasingStore } from './store.ts'
import { checkedTtl, checkTexts } from './store-arguments.ts'
import { storeError } from './store-errors.ts'
import { openStoreFolder } from './store-folder.ts'
import { createSweep } from './sweep.ts'
import { readValue, removeValue, writeValue } from './value-files.ts'

export interface FileStoreOptions {
  /**
   * On a local disk, and the same for all processes that share the store. Created for its owner alone if it is
   * missing; a directory that every user may write is refused.
   */
  readonly directory: string
  /** For tests. Default: the system's clock. */
  readonly clock?: Clock | undefined
}

const checks: OptionChecks<FileStoreOptions> = { directory: isText, clock: optionalClock }

/**
 * A store for the processes of one machine, in files that only their owner reads. A claim is on the disk before
 * it is reported, so it outlasts every process and a loss of power; a process that is killed in the middle
 * leaves the ID either free or taken. What is in a claim's place and cannot be read counts as a claim until its
 * time of change plus 30 days. Names of files are hashes of the keys; values are stored as they are, so seal
 * them. Times follow the wall clock, which the processes share. What ended is removed during later calls.
 *
 * @throws ConfigError - `config_missing` or `config_invalid` for an option or a directory that cannot be used.
 * Its methods reject with `store_unusable` when the file system fails; `systemCode` names the failure.
 *
 * @example
 * ```ts
 * import { createFileStore } from '@authsec/core/store'
 *
 * const store = createFileStore({ directory: '/var/lib/my-agent/authsec' })
 * if (await store.claim('order-17', 86_400_000)) console.log('This process, and no other, sends order 17.')
 * ```
 */
export function createFileStore(options: FileStoreOptions): LeasingStore {
  checkOptions<FileStoreOptions>(options, 'the file store options', checks)
  const { directory, clock = systemClock } = options
  const folder = openStoreFolder(directory)
  const sweep = createSweep(folder)

  return {
    get: (key) =>
      onDisk(async () => {
        checkTexts({ key })
        return readValue(folder.path('values', key), clock.now())
      }),
    set: (key, value, ttlMs) =>
      onDisk(async () => {
        checkTexts({ key, value })
        const ttl = checkedTtl(ttlMs)
        await sweep(clock.now())
        await writeValue(folder, folder.path('values', key), value, clock.now() + ttl)
      }),
    delete: (key) =>
      onDisk(async () => {
        checkTexts({ key })
        await removeValue(folder.path('values', key))
      }),
    claim: (id, ttlMs) =>
      onDisk(async () => {
        checkTexts({ id })
        const ttl = checkedTtl(ttlMs)
        await sweep(clock.now())
        return takeClaim(folder, id, clock.now(), ttl)
      }),
    lease: (key, ttlMs) =>
      onDisk(async () => {
        checkTexts({ key })
        const ttl = checkedTtl(ttlMs)
        await sweep(clock.now())
        const release = await takeLease(folder, key, clock.now(), ttl)
        return release && { release: () => onDisk(release) }
      }),
  }
}

async function onDisk<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw storeError(error)
  }
}
