import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AuthSecClientOptions } from '@authsec/core'

type Store = NonNullable<AuthSecClientOptions['store']>

/** What the processes of a test share: files of one folder. Nothing in it gets old. */
export function fileStore(folder: string): Store {
  mkdirSync(folder, { recursive: true })
  const fileOf = (kind: string, key: string): string =>
    join(folder, kind + createHash('sha256').update(key).digest('hex'))
  return {
    async get(key) {
      try {
        return readFileSync(fileOf('v', key), 'utf8')
      } catch {
        return undefined
      }
    },
    set: async (key, value) => writeFileSync(fileOf('v', key), value),
    delete: async (key) => rmSync(fileOf('v', key), { force: true }),
    async claim(id) {
      try {
        writeFileSync(fileOf('c', id), '', { flag: 'wx' })
        return true
      } catch {
        return false
      }
    },
  }
}
