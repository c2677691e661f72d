import type { Env } from '@authsec/core'
import type { Io } from '../output/io.ts'
import { readEnvFile } from './env-file.ts'

/** Options of the commands that talk to AuthSec, as commander gives them. */
export interface ServerFlags {
  readonly baseUrl?: string | undefined
  readonly clientId?: string | undefined
  readonly tenant?: string | undefined
  readonly api?: string | undefined
  readonly proxy?: string | undefined
  readonly envFile?: string | undefined
}

/** The environment with the file under it and the options above it. */
export interface Settings {
  readonly env: Env
  /** The file that was read. */
  readonly envFile: string | undefined
  /** The file that was asked for and cannot be read. */
  readonly unreadable: string | undefined
}

const VARIABLES = {
  baseUrl: 'AUTHSEC_BASE_URL',
  clientId: 'AUTHSEC_AGENT_CLIENT_ID',
  tenant: 'AUTHSEC_TENANT_ID',
  api: 'AUTHSEC_API_URL',
  proxy: 'AUTHSEC_PROXY',
} as const satisfies Partial<Record<keyof ServerFlags, string>>

/**
 * Options come before variables, and variables before the file, as with `node --env-file`. Without an option, `.env` is
 * read if it is there.
 */
export function readSettings(flags: ServerFlags, { env, cwd }: Pick<Io, 'env' | 'cwd'>): Settings {
  const file = readEnvFile(flags.envFile ?? '.env', cwd)
  const unreadable = file === undefined ? flags.envFile : undefined
  const given = Object.entries(VARIABLES).flatMap(([flag, variable]) => {
    const value = flags[flag as keyof typeof VARIABLES]
    return value === undefined ? [] : [[variable, value] as const]
  })
  return {
    env: { ...file?.values, ...defined(env), ...Object.fromEntries(given) },
    envFile: file?.path,
    unreadable,
  }
}

function defined(env: Env): Env {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined))
}

/** A blank variable is one that is not set. */
export function variable(env: Env, name: string): string | undefined {
  return env[name]?.trim() || undefined
}
