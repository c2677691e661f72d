import type { AuthSecClient } from '@authsec/core'
import { type OptionCheck, optional, required } from '@authsec/core/adapter'

/** The checks of options that several parts of this package take. */

export function hasMethods(value: unknown, ...names: readonly string[]): boolean {
  if (typeof value !== 'object' || value === null) return false
  return names.every((name) => typeof Reflect.get(value, name) === 'function')
}

/** A client is known by its methods: it may come from another copy of core. */
export function isClient(value: unknown): value is AuthSecClient {
  return hasMethods(value, 'getDelegationToken', 'secureFetch', 'fetch')
}

export const optionalClient: OptionCheck = optional(
  required(isClient, 'a client of createAuthSecClient'),
)
