import { approvalError } from '../channels/approval-errors.ts'
import { invalidOption, kindOf } from '../options/option-checks.ts'
import type { ApprovalRule, ApprovalSubject } from '../policy/resource-policy.ts'

/**
 * Whom a rule asks. A function decides by the call and the user, and the model wrote the call: an approver that
 * the call itself names is refused, unless it is the user.
 */
export function approverOf(
  approver: ApprovalRule['approver'],
  call: ApprovalSubject,
  user: string | undefined,
): string | undefined {
  if (typeof approver !== 'function') return approver
  const chosen: unknown = approver(call, user)
  if (typeof chosen !== 'string' || chosen.trim() === '') {
    throw invalidOption(
      '`approver` of the approval rule',
      `must return an e-mail address, not ${kindOf(chosen)}`,
      'Return whom to ask for every call, or leave `approver` out.',
    )
  }
  const isOfUser = comparable(chosen) === comparable(user ?? '')
  if (!isOfUser && isNamedIn(call.values, comparable(chosen))) {
    throw approvalError('approver_refused')
  }
  return chosen
}

function isNamedIn(value: unknown, address: string): boolean {
  if (typeof value === 'string') return comparable(value).includes(address)
  if (typeof value !== 'object' || value === null) return false
  return Object.values(value).some((member) => isNamedIn(member, address))
}

function comparable(text: string): string {
  return text.normalize('NFKC').trim().toLowerCase()
}
