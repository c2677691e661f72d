import type { AuthSecClient, Clock } from '@authsec/core'
import { assertClient, keepDefaultClient, systemClock } from '@authsec/core/adapter'
import type { BaseReader } from '@llamaindex/core/schema'
import type { Source } from './fetch-page.ts'
import { assertReaderOptions, assertReadOptions } from './option-checks.ts'
import type { AuthSecSecureReaderOptions, ReadOptions } from './read-options.ts'
import { planRead, type ReadPlan } from './read-plan.ts'
import type { ReadSummary } from './read-run.ts'
import type { AuthSecDocument } from './to-document.ts'

export type { ReadSummary } from './read-run.ts'

/**
 * Reads records of a protected API as documents. Each document has a stable `id_`, and metadata that
 * names its source and the permissions that seeing it takes. The client pulls the token and refreshes it
 * between pages. No document contains it.
 *
 * @example
 * ```ts
 * import { createAuthSecClientFromEnv } from '@authsec/core'
 * import { AuthSecSecureReader } from '@authsec/llamaindex'
 *
 * const reader = new AuthSecSecureReader({ client: createAuthSecClientFromEnv() })
 *
 * export const readRecords = () =>
 *   reader.loadData({ endpoint: 'records', permission: 'records:read', query: { limit: 100 } })
 * ```
 */
export class AuthSecSecureReader implements BaseReader<AuthSecDocument> {
  readonly #options: AuthSecSecureReaderOptions
  readonly #resource: string | undefined
  readonly #baseUrl: URL | undefined
  readonly #clock: Clock
  /** The options that every read takes, unless it is given others. */
  readonly #defaults: Partial<ReadOptions>
  readonly #client: () => AuthSecClient

  /** Throws `ConfigError` for the first option that is unknown, misspelt or cannot work. */
  constructor(options: AuthSecSecureReaderOptions = {}) {
    assertReaderOptions(options)
    const { client, resource, baseUrl, clock = systemClock, ...defaults } = options
    this.#options = options
    this.#client = client ? () => client : keepDefaultClient()
    this.#resource = resource
    this.#baseUrl = baseUrl === undefined ? undefined : directory(baseUrl)
    this.#clock = clock
    this.#defaults = defaults
  }

  /**
   * The same reader for another client, for a process that acts for many agents: each request binds it to the client that
   * acts in it. Throws `ConfigError` for what is no client.
   */
  bind(client: AuthSecClient): AuthSecSecureReader {
    assertClient(client, 'The client of bind')
    return new AuthSecSecureReader({ ...this.#options, client })
  }

  /**
   * All documents, or none: throws `ReadError`, which says how many pages had been read,
   * `ConfigError`, or the signal's reason. With `onPageError` it may return a part; then
   * `ingestion_complete` is false in the metadata of each document.
   */
  async loadData(options: Partial<ReadOptions> = {}): Promise<AuthSecDocument[]> {
    const documents: AuthSecDocument[] = []
    const ids = new Set<string>()
    const pages = this.#pages(this.#plan(options), ids)
    for (let next = await pages.next(); ; next = await pages.next()) {
      if (next.done) {
        for (const { metadata } of documents) metadata.ingestion_complete = next.value.complete
        return documents
      }
      for (const document of next.value) documents.push(document)
    }
  }

  /**
   * The documents one after another: the first one right after the first page, never more than two
   * pages in memory. Throws like `loadData`, but what came before is already handed over; so
   * `ingestion_complete` is false here. The generator's return value says how the read ended.
   */
  lazyLoad(
    options: Partial<ReadOptions> = {},
  ): AsyncGenerator<AuthSecDocument, ReadSummary, undefined> {
    return this.#documents(this.#plan(options))
  }

  /** Throws `ConfigError` for options that cannot work, before anything is loaded or sent. */
  #plan(options: Partial<ReadOptions>): ReadPlan {
    assertReadOptions(options)
    // An option that is undefined counts as not given: it must not take a guard of the reader away.
    const given = Object.entries(options).filter(([, value]) => value !== undefined)
    return planRead({ ...this.#defaults, ...Object.fromEntries(given) }, this.#baseUrl)
  }

  async *#documents(plan: ReadPlan): AsyncGenerator<AuthSecDocument, ReadSummary, undefined> {
    const pages = this.#pages(plan, undefined)
    try {
      for (let next = await pages.next(); ; next = await pages.next()) {
        if (next.done) return next.value
        for (const document of next.value) yield document
      }
    } finally {
      await pages.return({ pages: 0, records: 0, complete: false })
    }
  }

  /** The documents of one page after another. */
  async *#pages(
    plan: ReadPlan,
    ids: Set<string> | undefined,
  ): AsyncGenerator<AuthSecDocument[], ReadSummary, undefined> {
    // Loaded with the first read: a program that only retrieves, or only calls tools, never needs it.
    const { readDocuments } = await import('./read-documents.ts')
    plan.signal?.throwIfAborted()
    const source: Source = {
      client: this.#client(),
      resource: this.#resource,
      baseUrl: this.#baseUrl,
      clock: this.#clock,
    }
    return yield* readDocuments(source, plan, ids)
  }
}

/** The base URL with a slash at its end, so that an endpoint can be appended. */
function directory(baseUrl: string | URL): URL {
  const url = new URL(baseUrl)
  if (!url.pathname.endsWith('/')) url.pathname += '/'
  return url
}
