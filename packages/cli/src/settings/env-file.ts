import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseEnv } from 'node:util'
import type { Env } from '@authsec/core'

/** The variables of a file, read as `node --env-file` reads it; `undefined` when it cannot be read. */
export function readEnvFile(
  path: string,
  cwd: string,
): { readonly path: string; readonly values: Env } | undefined {
  try {
    const text = readFileSync(resolve(cwd, path), 'utf8').replace(/^\uFEFF/, '')
    return { path, values: parseEnv(text) }
  } catch {
    return undefined
  }
}
