import { approvalCodes } from './error-codes/approval-codes.ts'
import { configCodes } from './error-codes/config-codes.ts'
import { delegationCodes } from './error-codes/delegation-codes.ts'
import type { ErrorCodeEntry } from './error-codes/entry.ts'
import { outcomeCodes } from './error-codes/outcome-codes.ts'
import { requestCodes } from './error-codes/request-codes.ts'
import { resourceCodes } from './error-codes/resource-codes.ts'
import type {
  ApprovalErrorCode,
  CloudExchangeErrorCode,
  ConfigErrorCode,
  DelegationErrorCode,
  ResourceErrorCode,
} from './errors.ts'
import type { OutcomeCode } from './tool/status-failure.ts'

export type { ErrorCodeEntry }

/** Every code of an error of this package, and of a failed outcome of a tool. */
export type ErrorCode =
  | ConfigErrorCode
  | DelegationErrorCode
  | ResourceErrorCode
  | ApprovalErrorCode
  | CloudExchangeErrorCode
  | OutcomeCode

/**
 * What each code means, why it happens and what to do about it: the table of docs/errors.md. An error
 * itself says more, because its message and hint know the case.
 *
 * @example
 * ```ts
 * import { errorCodes } from '@authsec/core/error-codes'
 *
 * const { meaning, cause, fix } = errorCodes.no_active_delegation
 * console.log(meaning, cause, fix)
 * ```
 */
export const errorCodes: Readonly<Record<ErrorCode, ErrorCodeEntry>> = {
  ...configCodes,
  ...requestCodes,
  ...delegationCodes,
  ...resourceCodes,
  ...approvalCodes,
  ...outcomeCodes,
}
