import {
  checkOptions,
  operationChecks,
  optionalFunction,
  secureFetchToolChecks,
} from '@authsec/core/adapter'
import type { OperationOptions, SecureFetchToolOptions } from '@authsec/core/tool'
import type { z } from 'zod'
import type { UserOf } from './call-state.ts'

export interface CallOptions {
  /**
   * Names the user the agent works for, from the request context. An approval is for this user alone, and a function
   * as `approver` of a rule is given the name. Default: nobody is named.
   */
  readonly user?: UserOf | undefined
}

export interface SecureFetchOptions extends SecureFetchToolOptions, CallOptions {}

export interface Operation<Shape extends z.ZodRawShape>
  extends OperationOptions<Shape>,
    CallOptions {}

/** The options for core. Throws `ConfigError` for an unknown or unusable one. */
export function operationOptions<Shape extends z.ZodRawShape>(
  operation: Operation<Shape>,
): OperationOptions<Shape> {
  const checks = { ...operationChecks, user: optionalFunction }
  checkOptions<Operation<z.ZodRawShape>>(operation, 'the operation', checks)
  const { user: _, ...options } = operation
  return options
}

/** The options for core. Throws `ConfigError` for an unknown or unusable one. */
export function secureFetchOptions(options: SecureFetchOptions): SecureFetchToolOptions {
  const checks = { ...secureFetchToolChecks, user: optionalFunction }
  checkOptions<SecureFetchOptions>(options, 'the tool options', checks)
  const { user: _, ...rest } = options
  return rest
}
