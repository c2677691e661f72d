import {
  checkOptions,
  type OptionChecks,
  optionalFunction,
  optionalSignal,
  uncheckedHere,
} from '@authsec/core/adapter'
import type { OperationOptions, SecureFetchToolOptions } from '@authsec/core/tool'
import { optionalClient } from '../support/option-values.ts'

export interface AuthSecToolOptions {
  /** Ends what is under way. LlamaIndex passes no signal of its own to a tool. */
  signal?: AbortSignal | undefined
  /**
   * Who the agent works for, asked at each call: LlamaIndex passes no context to a tool, so read your own, such as an
   * `AsyncLocalStorage`. It is in events and the audit log, and an approval is for this user alone. Default: nobody in
   * particular.
   */
  user?: (() => string | undefined) | undefined
}

/**
 * Core checks the values of its options. Their names are checked here together with `signal`, so that
 * one error lists all of them.
 */
const policyNames = {
  resource: uncheckedHere,
  permission: uncheckedHere,
  approval: uncheckedHere,
  maxResultCharacters: uncheckedHere,
  errorDetail: uncheckedHere,
}

/** The options that are this package's own. */
export const callChecks: OptionChecks<AuthSecToolOptions> = {
  signal: optionalSignal,
  user: optionalFunction,
}

const secureFetchChecks: OptionChecks<SecureFetchToolOptions & AuthSecToolOptions> = {
  ...policyNames,
  name: uncheckedHere,
  description: uncheckedHere,
  ...callChecks,
}

const operationChecks: OptionChecks<OperationOptions & AuthSecToolOptions> = {
  ...policyNames,
  name: uncheckedHere,
  description: uncheckedHere,
  method: uncheckedHere,
  path: uncheckedHere,
  params: uncheckedHere,
  queryParams: uncheckedHere,
  headerParams: uncheckedHere,
  bodyParam: uncheckedHere,
  wireNames: uncheckedHere,
  answer: uncheckedHere,
  maxAnswerBytes: uncheckedHere,
  delimiter: uncheckedHere,
  select: uncheckedHere,
  transform: uncheckedHere,
  pagination: uncheckedHere,
  bodyType: uncheckedHere,
  files: uncheckedHere,
  headers: uncheckedHere,
  idempotencyKey: uncheckedHere,
  defaultApproval: uncheckedHere,
  ...callChecks,
}

/** Throws `ConfigError` for a client that is not one, and for an unknown or misspelt option. */
export function assertSecureFetchOptions(client: unknown, options: unknown): void {
  optionalClient(client, 'client')
  checkOptions(options, 'the tool options', secureFetchChecks)
}

export function assertOperationOptions(client: unknown, options: unknown): void {
  optionalClient(client, 'client')
  checkOptions(options, 'the operation', operationChecks)
}
