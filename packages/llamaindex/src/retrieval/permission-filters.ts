import { type AuthSecClient, ConfigError } from '@authsec/core'
import { checkOptions } from '@authsec/core/adapter'
import { NO_PERMISSION_NEEDED, type SecurityMetadata } from '../reader/security-metadata.ts'
import { isClient, optionalSignal } from '../support/option-values.ts'

/** The metadata that decides who may see a document. */
const DECIDING_KEYS = ['endpoint_permission', 'required_permission'] as const

export interface PermissionFilter {
  key: keyof SecurityMetadata
  operator: 'in'
  value: string[]
}

/** Filters as LlamaIndex takes them: `filters` of `asRetriever`, `preFilters` of `asQueryEngine`. */
export interface PermissionFilters {
  condition: 'and'
  filters: PermissionFilter[]
}

export interface PermissionFiltersOptions {
  signal?: AbortSignal | undefined
}

/**
 * Metadata filters that let through what a holder of the permissions may see: both the permission of
 * the endpoint and that of the record must be among them. They are never empty: without permissions
 * they let through only what needs none, and a document that does not say is let through to nobody.
 *
 * Of a client, they are those of its token now; make them anew for each question. Throws
 * `ConfigError` for anything but a list of permissions, and what `getDelegationToken` throws.
 */
export function permissionFilters(permissions: readonly string[]): PermissionFilters
export function permissionFilters(
  client: AuthSecClient,
  options?: PermissionFiltersOptions,
): Promise<PermissionFilters>
export function permissionFilters(
  holder: AuthSecClient | readonly string[],
  options: PermissionFiltersOptions = {},
): PermissionFilters | Promise<PermissionFilters> {
  checkOptions<PermissionFiltersOptions>(options, 'the filter options', { signal: optionalSignal })
  if (isClient(holder)) {
    return holder.getDelegationToken(options).then(({ permissions }) => filtersFor(permissions))
  }
  return filtersFor(holder)
}

function filtersFor(permissions: readonly string[]): PermissionFilters {
  const held = heldBy(permissions)
  const filters = DECIDING_KEYS.map((key) => ({ key, operator: 'in' as const, value: [...held] }))
  return { condition: 'and', filters }
}

/** Whether a holder of the permissions may see a document with this metadata; what it does not say counts against it. */
export function maySee(
  permissions: readonly string[],
  metadata: Readonly<Record<string, unknown>>,
): boolean {
  const held: readonly unknown[] = heldBy(permissions)
  return DECIDING_KEYS.every((key) => held.includes(metadata[key]))
}

function heldBy(permissions: unknown): string[] {
  const isList = Array.isArray(permissions)
  if (isList && permissions.every((name) => typeof name === 'string' && name.trim() !== '')) {
    return [NO_PERMISSION_NEEDED, ...permissions]
  }
  throw new ConfigError({
    code: 'config_invalid',
    message: 'The permissions to filter by are not a list of names.',
    hint: 'Pass the client, or the list of permissions of the asker; it is empty when there are none.',
  })
}
