import { invalidOption } from '@authsec/core/adapter'
import { assertComplete } from './option-checks.ts'
import type { Pagination } from './position.ts'
import type { ReadOptions } from './read-options.ts'
import { NO_PERMISSION_NEEDED } from './security-metadata.ts'

/** Checked options, with the defaults filled in. */
export interface ReadPlan extends ReadOptions {
  readonly pagination: Pagination
  readonly maxPages: number
  readonly maxBytes: number
  /** The base URL of a stream. Undefined: pages are read. */
  readonly streamBase: URL | undefined
}

/** The permission that the token must include; undefined when reading takes none. */
export function tokenPermission({ permission }: ReadPlan): string | undefined {
  return permission === NO_PERMISSION_NEEDED ? undefined : permission
}

/** Throws `ConfigError` when the options, each of which has been checked, do not add up to a read. */
export function planRead(options: Partial<ReadOptions>, baseUrl: URL | undefined): ReadPlan {
  assertComplete(options)
  const {
    maxPages = 10_000,
    maxBytes = 10 * 2 ** 30,
    pagination = { by: 'link' },
    format,
  } = options
  if (format === 'ndjson' && !baseUrl) {
    throw invalidOption(
      'format',
      'is ndjson, and the reader has no `baseUrl`',
      'Give the reader `baseUrl`: the base URL of the resource.',
    )
  }
  const endpoint = options.endpoint.replace(/^\//, '')
  const streamBase = format === 'ndjson' ? baseUrl : undefined
  return { ...options, endpoint, maxPages, maxBytes, pagination, streamBase }
}
