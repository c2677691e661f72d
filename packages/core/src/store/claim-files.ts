import { randomUUID } from 'node:crypto'
import { mkdir, readdir, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { syncFolder } from '../files/folders.ts'
import { MAX_TTL_MS } from './store-arguments.ts'
import { busyClaim } from './store-errors.ts'
import { isCode, type StoreFolder } from './store-folder.ts'

/**
 * A claim, and a lease like it, is a folder, named by its ID, that holds one empty file, whose name is all there is
 * to know: `<end in milliseconds since 1970>-<UUID>`. Two renames decide every race, and neither has a middle where
 * a process could be killed:
 *
 * - The first claim is made as a draft and renamed to the folder's name. That fails where a folder with a file is.
 * - A claim that ended is taken by renaming its file to the new name. The old name never comes back, so of all
 *   that saw it only one can rename it. (A file of fixed content and name could be renamed by a process that read
 *   the old claim after another one has taken it: both would have it.)
 *
 * A lease is released by removing its file. The next holder has renamed that file, so nobody releases another's.
 *
 * A listing that runs during a rename may show neither name. Then the folder looks empty, and the first of these
 * renames fails.
 */

const ATTEMPTS = 16

/** Names of other forms are not ours: they count as a claim until their time of change plus the longest `ttlMs`. */
const OWN_NAME = /^(\d{1,16})-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

export async function takeClaim(
  folder: StoreFolder,
  id: string,
  now: number,
  ttlMs: number,
): Promise<boolean> {
  return (await hold(folder, folder.path('claims', id), now, ttlMs)) !== undefined
}

/** The path of the file that says who holds it; `undefined` if somebody else does. */
export async function hold(
  folder: StoreFolder,
  home: string,
  now: number,
  ttlMs: number,
): Promise<string | undefined> {
  const name = `${Math.ceil(now + ttlMs)}-${randomUUID()}`
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const names = await namesIn(home)
    if (await isHeld(home, names, now)) return undefined
    const [ended, second] = names.filter(isOwn)
    // There is never a second one; if somebody copied it, which of them to rename would be a race.
    if (second !== undefined) return undefined
    const isTaken =
      ended === undefined ? await begin(folder, home, name) : await replace(home, ended, name)
    if (isTaken) return join(home, name)
  }
  throw busyClaim()
}

/** Removes a claim that ended, or a folder that is left of one. */
export async function sweepClaim(home: string, now: number): Promise<void> {
  const names = await namesIn(home)
  if (await isHeld(home, names, now)) return
  for (const name of names.filter(isOwn)) await rm(join(home, name), { force: true })
  // Fails, as it should, where a new claim has come in between.
  await rmdir(home)
}

async function namesIn(home: string): Promise<string[]> {
  try {
    return await readdir(home)
  } catch (error) {
    if (isCode(error, 'ENOENT')) return []
    throw error
  }
}

/** What cannot be read counts as a claim for as long as one can last, and is then removed, not taken. */
async function isHeld(home: string, names: readonly string[], now: number): Promise<boolean> {
  if (names.some((name) => endOf(name) > now)) return true
  for (const name of names.filter((one) => !isOwn(one))) {
    const path = join(home, name)
    if (await isRecent(path, now)) return true
    await rm(path, { recursive: true, force: true })
  }
  return false
}

async function isRecent(path: string, now: number): Promise<boolean> {
  try {
    return (await stat(path)).mtimeMs + MAX_TTL_MS > now
  } catch (error) {
    if (isCode(error, 'ENOENT')) return false
    throw error
  }
}

async function begin(folder: StoreFolder, home: string, name: string): Promise<boolean> {
  const draft = folder.draft()
  await mkdir(draft, { mode: 0o700 })
  try {
    await writeFile(join(draft, name), '', { flag: 'wx', mode: 0o600, flush: true })
    await syncFolder(draft)
    // Where folders cannot be replaced, as on Windows, an empty one would be in the way.
    await rmdir(home).catch(() => undefined)
    await rename(draft, home)
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    // Somebody else was quicker, or has swept a draft that was very old: look again.
    if (isCode(error, 'ENOTEMPTY', 'EEXIST') || (await isGoneOrLocked(error, home))) return false
    throw error
  }
  await keep(home, name, dirname(home))
  return true
}

/** `ENOENT` for a draft that was swept; `EPERM` and `EACCES` are how Windows says that the folder exists. */
async function isGoneOrLocked(error: unknown, home: string): Promise<boolean> {
  if (isCode(error, 'ENOENT')) return (await stat(dirname(home))).isDirectory()
  return isCode(error, 'EPERM', 'EACCES') && (await namesIn(home)).length > 0
}

async function replace(home: string, ended: string, name: string): Promise<boolean> {
  try {
    await rename(join(home, ended), join(home, name))
    await keep(home, name, home)
    return true
  } catch (error) {
    // Somebody else was quicker, or has swept a claim so short that it ended before it was kept: look again.
    if (isCode(error, 'ENOENT')) return false
    throw error
  }
}

/** A claim that may not survive is given back: nobody was told that it is taken. */
async function keep(home: string, name: string, changed: string): Promise<void> {
  try {
    await syncFolder(changed)
  } catch (error) {
    await rm(join(home, name), { force: true }).catch(() => undefined)
    throw error
  }
}

function isOwn(name: string): boolean {
  return OWN_NAME.test(name)
}

/** NaN, which is never later, for a name of another form. */
function endOf(name: string): number {
  return Number(OWN_NAME.exec(name)?.[1])
}
