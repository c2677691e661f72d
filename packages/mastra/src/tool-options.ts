import {
  checkOptions,
  operationChecks,
  optionalFunction,
  secureFetchToolChecks,
} from '@authsec/core/adapter'
import type { OperationOptions, OperationParams, SecureFetchToolOptions } from '@authsec/core/tool'
import type { UserOf } from './call-state.ts'

export interface CallOptions {
  /**
   * Names the user the agent works for, from the request context. An approval is for this user alone, and a function
   * as `approver` of a rule is given the name. Default: nobody is named.
   */
  readonly user?: UserOf | undefined
}

export interface SecureFetchOptions extends SecureFetchToolOptions, CallOptions {}

export interface Operation<Params extends OperationParams>
  extends OperationOptions<Params>,
    CallOptions {}

/** The options for core. Throws `ConfigError` for an unknown or unusable one. */
export function operationOptions<Params extends OperationParams>(
  operation: Operation<Params>,
): OperationOptions<Params> {
  const checks = { ...operationChecks, user: optionalFunction }
  checkOptions<Operation<OperationParams>>(operation, 'the operation', checks)
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
