import { assertKnownKeys } from '../option-checks.ts'

/** What a call needs; both lists given means both must hold. Names are compared exactly: there are no wildcards. */
export interface PermissionRequirement {
  /** The token must have all of these. Default: none. */
  permissions?: readonly string[]
  /** The token must have at least one of these. Default: none. */
  anyPermission?: readonly string[]
}

/**
 * Copies and checks a requirement. Throws a `TypeError` for an unknown key, an empty list or a name
 * that is not a scope token (RFC 6749 section 3.3): a misspelt guard must not become an open door.
 */
export function checkRequirement(requirement: PermissionRequirement): PermissionRequirement {
  assertKnownKeys(requirement, ['permissions', 'anyPermission'], 'the permission requirement')
  const { permissions, anyPermission } = requirement
  return Object.freeze({
    ...(permissions !== undefined && { permissions: checkNames(permissions, 'permissions') }),
    ...(anyPermission !== undefined && {
      anyPermission: checkNames(anyPermission, 'anyPermission'),
    }),
  })
}

function checkNames(names: unknown, field: string): readonly string[] {
  const isList =
    Array.isArray(names) &&
    names.length > 0 &&
    names.every((name) => typeof name === 'string' && /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(name))
  if (isList) return Object.freeze([...names])
  throw new TypeError(
    `${field} must be a list of names such as ['records:read']; leave it out when any valid token will do.`,
  )
}

/** The permissions to name in the challenge; `undefined` when the token has what is needed. */
export function missingPermissions(
  held: readonly string[],
  { permissions = [], anyPermission = [] }: PermissionRequirement,
): readonly string[] | undefined {
  const hasAll = permissions.every((name) => held.includes(name))
  const hasAny = anyPermission.length === 0 || anyPermission.some((name) => held.includes(name))
  if (hasAll && hasAny) return undefined
  // A challenge cannot say "one of": it names all that would open the door.
  return hasAny ? permissions : [...new Set([...permissions, ...anyPermission])]
}
