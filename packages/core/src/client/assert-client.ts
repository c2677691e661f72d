import { invalidOption, kindOf } from '../options/option-checks.ts'
import type { AuthSecClient } from './client.ts'

/**
 * Throws `ConfigError` unless the value is a client: of this copy of the package or of another one.
 *
 * @example
 * ```ts
 * import { assertClient } from '@authsec/core/adapter'
 *
 * export function createHandler(client: unknown): void {
 *   assertClient(client, 'The client of the handler')
 *   console.log(client.mode)
 * }
 * ```
 */
export function assertClient(value: unknown, field: string): asserts value is AuthSecClient {
  const isObject = typeof value === 'object' && value !== null
  if (isObject && 'secureFetch' in value && 'getDelegationToken' in value) return
  throw invalidOption(
    field,
    `must be an AuthSec client, not ${kindOf(value)}`,
    'Pass what createAuthSecClient or createAuthSecClientFromEnv returned.',
  )
}
