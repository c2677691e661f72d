import type { AuthSecClient, Clock } from '@authsec/core'
import type { Query } from '@authsec/core/adapter'
import type { Pagination } from './position.ts'
import type { ReadError } from './read-error.ts'

/** One record of the API. Numbers that JavaScript cannot hold exactly are texts. */
export type JsonRecord = Readonly<Record<string, unknown>>

export interface ReadProgress {
  /** Pages handed over so far; an NDJSON stream is one. */
  pages: number
  records: number
}

/**
 * What becomes of a read when a page fails. `throw` ends it with the error. `stop` keeps what was
 * read. `skip` goes on with the next page where its place is known (page numbers, or a page that
 * arrived but has a record that cannot be used), and is `stop` otherwise.
 */
export type OnPageError = (
  error: ReadError,
  page: number,
) => 'throw' | 'stop' | 'skip' | Promise<'throw' | 'stop' | 'skip'>

/** What to read, and how records become documents. The developer chooses all of it, a model none. */
export interface ReadOptions {
  /** Path below the resource, such as `records`. Part of each document's `id_`. */
  endpoint: string
  /** The permission that reading this endpoint takes; `NO_PERMISSION_NEEDED` if none does. Required. */
  permission: string
  /** Sent with each page, such as the page size: `{ limit: 100 }`. Default: none. */
  query?: Query | undefined
  /** `ndjson`: one JSON record per line, streamed; needs `baseUrl` of the reader. Default: `json`. */
  format?: 'json' | 'ndjson' | undefined
  /** How the next page is found. Default: the `Link` header with `rel="next"`. */
  pagination?: Pagination | undefined
  /** A read with more pages than this fails. Default: 10 000. */
  maxPages?: number | undefined
  /** An NDJSON stream of more bytes than this, decoded, fails. A page is bounded by `maxResponseBytes` of the resource. Default: 10 GiB. */
  maxBytes?: number | undefined
  /** Where the records are in the body: a field, or a function. Default: the body itself, or its only list. */
  records?: string | ((body: unknown) => readonly unknown[]) | undefined
  /** The record's ID: a field, or a function of the record and its position in the read, from 0. Default: `id`. */
  id?: string | ((record: JsonRecord, index: number) => string) | undefined
  /** The document's text: fields, one a line, or a function. Default: every field as `name: value`. */
  text?: readonly string[] | ((record: JsonRecord) => string) | undefined
  /** Further fields to copy to the metadata; text, numbers and booleans only. Default: none. */
  metadata?: readonly string[] | undefined
  /** The record's clearance: a field, or a function. Default: `clearance`; `unspecified` without one. */
  clearance?: string | ((record: JsonRecord) => string) | undefined
  /** The permission that seeing this record takes, on top of `permission`. Default: no further one. */
  recordPermission?: ((record: JsonRecord) => string | undefined) | undefined
  /** Decides about a page that failed. Default: `throw`, so that a read is all or nothing. */
  onPageError?: OnPageError | undefined
  /** Called after each page. */
  onProgress?: ((progress: ReadProgress) => void) | undefined
  signal?: AbortSignal | undefined
}

/** Where to read; and options of reads that are the same every time, which a pipeline cannot pass. */
export interface AuthSecSecureReaderOptions extends Partial<ReadOptions> {
  /** Default: the one that the process shares, made from the environment at the first read. */
  client?: AuthSecClient | undefined
  /** The configured resource to read. Default: the client's only one. */
  resource?: string | undefined
  /** The base URL of that resource: needed for NDJSON, and where the API links to pages by whole URLs. */
  baseUrl?: string | URL | undefined
  /** For tests: the time of `retrieved_at`. Default: the system's. */
  clock?: Clock | undefined
}
