import type { PlannedCall } from '../policy/plan-call.ts'
import { resourceError } from '../policy/resource-error.ts'
import type { DelegationToken } from '../token/delegation-token.ts'

/**
 * Refuses a call that the API would refuse. The check is advisory: it saves a doomed call and states
 * the reason; the API decides.
 */
export function checkToken(
  token: DelegationToken,
  { resource, permissions }: Pick<PlannedCall, 'resource' | 'permissions'>,
): void {
  const missing = permissions.filter((name) => !token.hasPermission(name))
  if (missing.length > 0) {
    const names = missing.join(', ')
    throw resourceError(
      'permission_missing',
      `The agent's delegation does not include the permission ${names}.`,
      `Ask the AuthSec administrator to delegate ${names} to this agent; it has ${token.permissions.join(', ') || 'no permission'}.`,
    )
  }
  if (resource.audience !== undefined && !token.audience.includes(resource.audience)) {
    throw resourceError(
      'audience_mismatch',
      `The agent's token was not issued for ${resource.name}, so it is not sent there.`,
      `Delegate with the audience ${resource.audience}, or correct \`audience\` of the resource.`,
    )
  }
}
