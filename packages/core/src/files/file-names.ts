import { closeSync, fstatSync, lstatSync, openSync, readdirSync, readSync, rmSync } from 'node:fs'
import { basename, dirname, extname, join } from 'node:path'
import { logFileName } from './log-file-name.ts'

/**
 * Names of the files of a log: `audit.jsonl` stands for `audit.20261127T150747123Z-000001-3f2a9c1b.jsonl` and
 * so on: when the file was opened, its number in the log, and the log. They sort by time.
 */
export interface FileNames {
  /** The path of a new file. */
  path(now: number, number: number): string
  /** The paths of all files of this name, of whichever log, oldest first. */
  all(): readonly string[]
}

/** @param log - Eight hex digits, which no two processes share. */
export function createFileNames(path: string, log: string): FileNames {
  const folder = dirname(path)
  const extension = extname(path)
  const stem = basename(path, extension)
  const isOurs = (name: string): boolean => {
    const parts = logFileName(name)
    return parts?.stem === stem && parts.extension === extension
  }
  return {
    path(now, number) {
      const time = new Date(now).toISOString().replace(/[-:.]/g, '')
      const part = `${time}-${String(number).padStart(6, '0')}-${log}`
      return join(folder, `${stem}.${part}${extension}`)
    },
    all: () =>
      readdirSync(folder)
        .filter(isOurs)
        .sort()
        .map((name) => join(folder, name)),
  }
}

/** Another process may still write to a file, unless its last line says otherwise or it is a day old. */
const ABANDONED_MS = 86_400_000
const LAST_LINE_BYTES = 4_096

/**
 * Removes the oldest files beyond the most that are kept, but none that may still be written to.
 *
 * @param isLastLine - Whether a file that ends with this line is complete.
 */
export function removeOldFiles(
  paths: readonly string[],
  most: number,
  now: number,
  isLastLine: (line: string) => boolean,
): void {
  for (const path of paths.slice(0, Math.max(0, paths.length - most))) {
    if (isFinished(path, now, isLastLine)) rmSync(path, { force: true })
  }
}

function isFinished(path: string, now: number, isLastLine: (line: string) => boolean): boolean {
  // To open a pipe would wait for whoever writes to it.
  if (!lstatSync(path).isFile()) return false
  const fd = openSync(path, 'r')
  try {
    const { size, mtimeMs } = fstatSync(fd)
    if (now - mtimeMs > ABANDONED_MS) return true
    const start = Math.max(0, size - LAST_LINE_BYTES)
    const end = Buffer.alloc(size - start)
    readSync(fd, end, 0, end.length, start)
    return isLastLine(end.toString('utf8').trimEnd().split('\n').at(-1) ?? '')
  } finally {
    closeSync(fd)
  }
}
