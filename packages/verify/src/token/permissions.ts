import { checkOptions, type OptionChecks } from '../options/option-checks.ts'
import { isArrayOf, optional, requiredString } from '../options/option-values.ts'

/** The permissions that a call needs. With both lists, both must hold. Names are compared exactly; there are no wildcards. */
export interface PermissionRequirement {
  /** The token must have all of these. Default: none. */
  permissions?: readonly string[]
  /** The token must have at least one of these. Default: none. */
  anyPermission?: readonly string[]
}

/** A scope token (RFC 6749 section 3.3), because the challenge contains it unchanged. */
export const isPermissionName = requiredString(
  (value) => /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(value),
  'a permission name',
  'Write each permission as resource:action, without spaces, quotes and backslashes.',
)

const isPermissionArray = isArrayOf(isPermissionName, {
  what: 'an array of permission names',
  least: 1,
  hint: "Write an array such as ['records:read'], or leave the option out to accept any valid token.",
})

const REQUIREMENT: OptionChecks<PermissionRequirement> = {
  permissions: optional(isPermissionArray),
  anyPermission: optional(isPermissionArray),
}

const reusable = new WeakSet<PermissionRequirement>()

/**
 * Checks and copies a requirement. Throws a `ConfigError` for an unknown name, an empty array or a name
 * that is not a permission: a misspelt guard must not become an open door.
 */
export function checkRequirement(requirement: PermissionRequirement): PermissionRequirement {
  if (reusable.has(requirement)) return requirement
  checkOptions<PermissionRequirement>(requirement, 'the permission requirement', REQUIREMENT)
  const { permissions, anyPermission } = requirement
  return Object.freeze({
    ...(permissions !== undefined && { permissions: Object.freeze([...permissions]) }),
    ...(anyPermission !== undefined && { anyPermission: Object.freeze([...anyPermission]) }),
  })
}

/** The same for middleware, which checks a requirement once and passes the copy with each request. */
export function reusableRequirement(requirement: PermissionRequirement): PermissionRequirement {
  const copy = checkRequirement(requirement)
  reusable.add(copy)
  return copy
}

/** The permissions to name in the challenge; `undefined` when the token has the required ones. */
export function missingPermissions(
  held: readonly string[],
  { permissions = [], anyPermission = [] }: PermissionRequirement,
): readonly string[] | undefined {
  const hasAll = permissions.every((name) => held.includes(name))
  const hasAny = anyPermission.length === 0 || anyPermission.some((name) => held.includes(name))
  if (hasAll && hasAny) return undefined
  // A challenge cannot express "one of these", so it names all permissions that are accepted.
  return hasAny ? permissions : [...new Set([...permissions, ...anyPermission])]
}
