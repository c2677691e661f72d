import { link, open, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { isCode, type StoreFolder } from './store-folder.ts'

/** A value is a file of two lines: when it ends, in milliseconds since 1970, and the value as JSON. */

const END = /^(\d{1,16})\n/
const END_BYTES = 17

export async function readValue(path: string, now: number): Promise<string | undefined> {
  const text = await contents(path)
  const end = END.exec(text ?? '')
  if (text === undefined || !end || Number(end[1]) <= now) return undefined
  return parsed(text.slice(end[0].length))
}

/** Readers see the old value or the new one, never a part. */
export async function writeValue(
  folder: StoreFolder,
  path: string,
  value: string,
  endsAt: number,
): Promise<void> {
  const draft = folder.draft()
  try {
    // JSON, because UTF-8 has no lone surrogates.
    const text = `${Math.ceil(endsAt)}\n${JSON.stringify(value)}\n`
    await writeFile(draft, text, { flag: 'wx', mode: 0o600, flush: true })
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined)
    throw error
  }
}

export async function removeValue(path: string): Promise<void> {
  await rm(path, { force: true })
}

/** Removes a value that ended. One that was set in between is put back. */
export async function sweepValue(folder: StoreFolder, path: string, now: number): Promise<void> {
  if ((await endOf(path)) > now) return
  const draft = folder.draft()
  await rename(path, draft)
  if ((await endOf(draft)) > now) await link(draft, path)
  await rm(draft)
}

async function contents(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined
    throw error
  }
}

/** A file that a disk has damaged is no value. */
function parsed(json: string): string | undefined {
  try {
    const value: unknown = JSON.parse(json)
    return typeof value === 'string' ? value : undefined
  } catch {
    return undefined
  }
}

/** 0 for a file that cannot be read as a value. */
async function endOf(path: string): Promise<number> {
  const file = await open(path, 'r')
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(END_BYTES), 0, END_BYTES, 0)
    return Number(END.exec(buffer.toString('latin1', 0, bytesRead))?.[1] ?? 0)
  } finally {
    await file.close()
  }
}
