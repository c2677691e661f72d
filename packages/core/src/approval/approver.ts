import { Buffer } from '#runtime/platform/bytes'
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
  const written = [call.values, call.route]
  if (!isOfUser && isNamedIn(written, comparable(chosen))) throw approvalError('approver_refused')
  return chosen
}

function isNamedIn(value: unknown, address: string): boolean {
  if (typeof value === 'string') {
    return [value, unescaped(value)].some((text) => comparable(text).includes(address))
  }
  if (typeof value !== 'object' || value === null) return false
  return Object.values(value).some((member) => isNamedIn(member, address))
}

/** Paths and queries may be escaped. */
function unescaped(text: string): string {
  return text.replace(/(?:%[\da-f]{2})+/gi, (escapes) =>
    Buffer.from(escapes.replaceAll('%', ''), 'hex').toString('utf8'),
  )
}

/** Letters of other widths are the same, and invisible characters are none: mail servers may see it so, too. */
function comparable(text: string): string {
  return text
    .normalize('NFKC')
    .replace(/[\p{Default_Ignorable_Code_Point}\p{Cf}\s]/gu, '')
    .toLowerCase()
}
