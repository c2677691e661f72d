import { type AuthSecClient, ConfigError } from '@authsec/core'
import { checkOptions, optionalSignal } from '@authsec/core/adapter'
import { NO_PERMISSION_NEEDED, type SecurityMetadata } from '../reader/security-metadata.ts'
import { isClient } from '../support/option-values.ts'

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
 * Creates metadata filters that pass the documents which a holder of the permissions may see. Both the
 * permission of the endpoint and that of the record must be among the permissions. The filter list is
 * never empty: without permissions it passes only documents that need none, and a document without
 * this metadata passes for nobody. Pass it as `filters` of `asRetriever` or `preFilters` of
 * `asQueryEngine`. Throws `ConfigError` when the first argument is neither a client nor a list of
 * permissions, and for an unusable option.
 *
 * @example
 * ```ts
 * import { permissionFilters } from '@authsec/llamaindex'
 * import type { VectorStoreIndex } from 'llamaindex'
 *
 * export function retrieverFor(index: VectorStoreIndex, permissions: readonly string[]) {
 *   return index.asRetriever({ filters: permissionFilters(permissions) })
 * }
 * ```
 */
export function permissionFilters(permissions: readonly string[]): PermissionFilters
/**
 * The same for the permissions of a client's current token. They change when an administrator delegates
 * again, so create the filters for each question. Rejects with `DelegationError` when there is no token,
 * and with the reason of `signal`.
 */
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

/**
 * Tells whether a holder of the permissions may see a document with this metadata. A document without
 * the metadata of `SecurityMetadata` is visible to nobody. Throws `ConfigError` when `permissions` is not
 * a list of names.
 *
 * @example
 * ```ts
 * import { type AuthSecDocument, maySee } from '@authsec/llamaindex'
 *
 * export function visible(documents: readonly AuthSecDocument[], permissions: readonly string[]) {
 *   return documents.filter(({ metadata }) => maySee(permissions, metadata))
 * }
 * ```
 */
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
