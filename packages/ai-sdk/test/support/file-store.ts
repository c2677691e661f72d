import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { AuthSecStore } from '@authsec/core'

/** What the processes of one test share. Nothing in it expires while the test runs. */
export function fileStore(directory: string): AuthSecStore {
  const fileOf = (kind: string, key: string): string =>
    join(directory, `${kind}-${Buffer.from(key).toString('base64url')}`)
  return {
    get: (key) => readFile(fileOf('value', key), 'utf8').catch(() => undefined),
    async set(key, value) {
      await mkdir(directory, { recursive: true })
      await writeFile(fileOf('value', key), value)
    },
    delete: (key) => rm(fileOf('value', key), { force: true }),
    async claim(id) {
      await mkdir(directory, { recursive: true })
      return writeFile(fileOf('claim', id), '', { flag: 'wx' }).then(
        () => true,
        (error: NodeJS.ErrnoException) => {
          if (error.code === 'EEXIST') return false
          throw error
        },
      )
    },
  }
}
