import type { Env } from '@authsec/core'
import { UsageError } from '../output/usage-error.ts'

/**
 * The key of a chain, from the variable whose name is given. An error never repeats the name: it may be the key itself,
 * which somebody took for the value of the option.
 */
export function keyFrom(name: string | undefined, env: Env, option: string): string | undefined {
  if (name === undefined) return undefined
  const key = Object.hasOwn(env, name) ? env[name]?.trim() : undefined
  if (!key) {
    throw new UsageError(`${option} must be the name of a variable that is set, and not the key.`)
  }
  if (isRandomKey(key)) return key
  throw new UsageError(
    `The variable of ${option} must hold the 32 random bytes of the chain, as base64 or base64url.`,
  )
}

/** The same rule as that of the log, so that a key of another form is no finding about the log. */
function isRandomKey(key: string): boolean {
  return /^[\w+/-]{43}=?$/.test(key) && new Set(Buffer.from(key, 'base64')).size > 4
}
