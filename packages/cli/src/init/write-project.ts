import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface ProjectFile {
  readonly name: string
  readonly text: string
}

/** Writes the files, all or none. Returns the names of those that exist already; then nothing was written. */
export function writeProject(directory: string, files: readonly ProjectFile[]): readonly string[] {
  const taken = files.filter(({ name }) => existsSync(join(directory, name)))
  if (taken.length > 0) return taken.map(({ name }) => name)
  mkdirSync(directory, { recursive: true })
  const written: string[] = []
  try {
    for (const { name, text } of files) {
      // Never over a file that came meanwhile, and through no link.
      writeFileSync(join(directory, name), text, { flag: 'wx' })
      written.push(name)
    }
    return []
  } catch (error) {
    for (const name of written) rmSync(join(directory, name), { force: true })
    throw error
  }
}
