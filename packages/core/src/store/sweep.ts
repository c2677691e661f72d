import { readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { sweepClaim } from './claim-files.ts'
import { PARTS, type StoreFolder } from './store-folder.ts'
import { sweepValue } from './value-files.ts'

/** One call in this many sweeps. */
const EVERY = 16
/** How many entries of each kind it looks at: more than were added since, so that what ended cannot pile up. */
const ENTRIES = 32
/** Nothing is in the making for as long as this. */
const DRAFT_MS = 3_600_000

/**
 * Removes what ended: now and then, one of the sixteen folders at a time, a bounded number of entries. It
 * needs no timer, and nothing depends on it: a failure of it is no failure of the call.
 */
export function createSweep(folder: StoreFolder): (now: number) => Promise<void> {
  let calls = 0
  let part = randomBelow(PARTS)

  return async (now) => {
    calls += 1
    if (calls % EVERY !== 0) return
    part = (part + 1) % PARTS
    await some(folder.part('claims', part), (path) => sweepClaim(path, now))
    await some(folder.part('leases', part), (path) => sweepClaim(path, now))
    await some(folder.part('values', part), (path) => sweepValue(folder, path, now))
    await some(folder.drafts, (path) => sweepDraft(folder, path, now))
  }
}

/** Begins anywhere, so that the whole folder has its turn. */
async function some(directory: string, sweep: (path: string) => Promise<void>): Promise<void> {
  const names = await readdir(directory).catch(() => [])
  const start = randomBelow(names.length)
  for (const name of [...names.slice(start), ...names.slice(0, start)].slice(0, ENTRIES)) {
    // Somebody else may sweep or use the same entry.
    await sweep(join(directory, name)).catch(() => undefined)
  }
}

/** By a rename first: a process that was asleep must not publish a draft that is half removed. */
async function sweepDraft(folder: StoreFolder, path: string, now: number): Promise<void> {
  if ((await stat(path)).mtimeMs + DRAFT_MS > now) return
  const removed = folder.draft()
  await rename(path, removed)
  await rm(removed, { recursive: true, force: true })
}

function randomBelow(limit: number): number {
  return Math.floor(Math.random() * limit)
}
