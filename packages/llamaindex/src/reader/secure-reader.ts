import { type AuthSecClient, type Clock, createAuthSecClientFromEnv } from '@authsec/core'
import { systemClock } from '@authsec/core/adapter'
import type { BaseReader } from '@llamaindex/core/schema'
import type { Source } from './fetch-page.ts'
import { invalidOption } from './read-error.ts'
import { planRead, type ReadOptions } from './read-options.ts'
import type { ReadSummary } from './read-run.ts'
import type { AuthSecDocument } from './to-document.ts'

export type { ReadSummary } from './read-run.ts'

/** Where to read; and options of reads that are the same every time, which a pipeline cannot pass. */
export interface AuthSecSecureReaderOptions extends Partial<ReadOptions> {
  /** Default: one from the environment, made at the first read. */
  client?: AuthSecClient | undefined
  /** The configured resource to read. Default: the client's only one. */
  resource?: string | undefined
  /** The base URL of that resource: needed for NDJSON, and where the API links to pages by whole URLs. */
  baseUrl?: string | URL | undefined
  /** For tests: the time of `retrieved_at`. Default: the system's. */
  clock?: Clock | undefined
}

/**
 * Reads records of a protected API as documents, each with a stable `id_` and metadata that says
 * where it comes from and who may see it. The token is the client's business: it is fetched,
 * refreshed between pages, and in no document.
 */
export class AuthSecSecureReader implements BaseReader<AuthSecDocument> {
  readonly #options: AuthSecSecureReaderOptions
  readonly #baseUrl: URL | undefined
  #client: AuthSecClient | undefined

  /** Throws `ConfigError` when `baseUrl` is not a URL. */
  constructor(options: AuthSecSecureReaderOptions = {}) {
    this.#options = options
    this.#client = options.client
    this.#baseUrl = options.baseUrl === undefined ? undefined : directory(options.baseUrl)
  }

  /**
   * All documents, or none: throws `ReadError`, which says how many pages had been read,
   * `ConfigError`, or the signal's reason. With `onPageError` it may return a part; then
   * `ingestion_complete` is false in the metadata of each document.
   */
  async loadData(options: Partial<ReadOptions> = {}): Promise<AuthSecDocument[]> {
    const documents: AuthSecDocument[] = []
    const ids = new Set<string>()
    const pages = this.#pages(options, ids)
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
  async *lazyLoad(
    options: Partial<ReadOptions> = {},
  ): AsyncGenerator<AuthSecDocument, ReadSummary, undefined> {
    const pages = this.#pages(options, undefined)
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
    options: Partial<ReadOptions>,
    ids: Set<string> | undefined,
  ): AsyncGenerator<AuthSecDocument[], ReadSummary, undefined> {
    const {
      client: _client,
      baseUrl: _baseUrl,
      clock = systemClock,
      resource,
      ...fixed
    } = this.#options
    const plan = planRead({ ...fixed, ...options })
    // Loaded with the first read: a program that only retrieves, or only calls tools, never needs it.
    const { readDocuments } = await import('./read-documents.ts')
    plan.signal?.throwIfAborted()
    this.#client ??= createAuthSecClientFromEnv()
    const client = this.#client
    const source: Source = { client, resource, baseUrl: this.#baseUrl, clock }
    return yield* readDocuments(source, plan, ids)
  }
}

function directory(baseUrl: string | URL): URL {
  const text = String(baseUrl)
  if (!URL.canParse(text))
    throw invalidOption('baseUrl', 'Give the whole base URL of the resource.')
  const url = new URL(text)
  if (!url.pathname.endsWith('/')) url.pathname += '/'
  return url
}
