import { readdirSync, statSync } from 'node:fs'
import { basename, dirname, extname, join, resolve } from 'node:path'
import { logFileName } from '@authsec/core/adapter'
import { UsageError } from '../output/usage-error.ts'

/** The files of one log, which is one run of one process, oldest first. */
export interface LogFiles {
  /** Eight hex digits, or the name of the first file where names are others than those of the client. */
  readonly name: string
  readonly files: readonly string[]
}

/**
 * The files that a path stands for, oldest first: itself; those of a folder; those of a name with `*`; or those that a
 * log writes whose option `file.path` this is. Throws what the system does.
 */
export function filesAt(path: string): readonly string[] {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found?.isFile()) return [path]
  if (found?.isDirectory()) return filesIn(path, (name) => logFileName(name) !== undefined)
  // To open a pipe would wait for whoever writes to it.
  if (found) return []
  const [folder, name] = [dirname(path), basename(path)]
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return []
  return filesIn(folder, name.includes('*') ? matcher(name) : nameOfLog(name))
}

function filesIn(folder: string, isWanted: (name: string) => boolean): readonly string[] {
  return readdirSync(folder)
    .filter(isWanted)
    .sort()
    .map((name) => join(folder, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile())
}

function matcher(pattern: string): (name: string) => boolean {
  const parts = pattern.split('*').map((part) => part.replaceAll(/[^\w]/g, String.raw`\$&`))
  const form = new RegExp(`^${parts.join('.*')}$`, 's')
  return (name) => form.test(name)
}

function nameOfLog(given: string): (name: string) => boolean {
  const extension = extname(given)
  const stem = basename(given, extension)
  return (name) => {
    const parts = logFileName(name)
    return parts?.stem === stem && parts.extension === extension
  }
}

/** The logs that are named on the command line. Throws a `UsageError` for a path without any. */
export function logsAt(paths: readonly string[], cwd: string): readonly LogFiles[] {
  const files = new Set(paths.flatMap((path) => readableAt(path, cwd)))
  const logs = new Map<string, string[]>()
  for (const file of files) {
    const parts = logFileName(basename(file))
    // Files with other names are one log in the order in which they are given.
    const id = parts ? `${parts.stem}.${parts.log}` : ''
    logs.set(id, [...(logs.get(id) ?? []), file])
  }
  return [...logs].map(([id, found]) => logOf(id, found))
}

function logOf(id: string, files: readonly string[]): LogFiles {
  const first = basename(files[0] ?? '')
  if (id === '') return { name: first, files }
  const order = (a: string, b: string): number => (basename(a) < basename(b) ? -1 : 1)
  return { name: logFileName(first)?.log ?? first, files: files.toSorted(order) }
}

function readableAt(path: string, cwd: string): readonly string[] {
  const files = attempt(path, () => filesAt(resolve(cwd, path)))
  if (files.length > 0) return files
  throw new UsageError(`${path} is no file of an audit log, and no folder or name of such files.`)
}

function attempt<Value>(path: string, work: () => Value): Value {
  try {
    return work()
  } catch (error) {
    throw new UsageError(`${path} cannot be read (${String(Object(error).code)}).`)
  }
}
