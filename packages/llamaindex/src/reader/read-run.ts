import type { AuthSecClient } from '@authsec/core'
import { pageError, recordProblem } from './read-error.ts'
import { readHints } from './read-hints.ts'
import type { ReadPlan } from './read-plan.ts'
import { type AuthSecDocument, toDocument } from './to-document.ts'

/** How a read ended. */
export interface ReadSummary {
  /** Pages read completely. */
  pages: number
  records: number
  /** Whether nothing was left out. */
  complete: boolean
  /** Keys of records that were left out, because they would reach prototypes (`__proto__`). Absent: none. */
  droppedKeys?: number | undefined
}

interface Batch {
  records: readonly unknown[]
  retrievedAt: string
  /** Default: 0. */
  droppedKeys?: number
  /** Whether the page has further batches. Default: false. */
  isPart?: boolean
}

/** One read in progress: counts pages and records, makes documents, and decides about failures. */
export interface ReadRun {
  readonly summary: Readonly<ReadSummary>
  /** Makes a document of each record, or throws. */
  accept(batch: Batch): AuthSecDocument[]
  /** Calls `onPageError`, and throws the error of the read unless it returns `stop` or `skip`. */
  fail(error: unknown, page: number): Promise<'stop' | 'skip'>
}

/** With `allIds`, the ID of a record is compared with all earlier ones; without, with those of the same and the previous batch. */
export function createReadRun(
  plan: ReadPlan,
  mode: AuthSecClient['mode'],
  allIds: Set<string> | undefined,
): ReadRun {
  const summary: ReadSummary = { pages: 0, records: 0, complete: true }
  let position = 0
  let before: ReadonlySet<string> = new Set()

  function documentsOf({ records, retrievedAt }: Batch): AuthSecDocument[] {
    const ids = new Set<string>()
    const first = position
    position += records.length
    const documents = records.map((record, index) => {
      const document = toDocument(record, first + index, plan, mode, retrievedAt)
      const { id_ } = document
      const isNew = ids.add(id_).size === index + 1
      if (!isNew || (allIds ?? before).has(id_)) throw repeatedRecord(first + index)
      return document
    })
    if (allIds) for (const id of ids) allIds.add(id)
    before = ids
    return documents
  }

  return {
    summary,
    accept(batch) {
      const documents = documentsOf(batch)
      if (!batch.isPart) summary.pages += 1
      summary.records += documents.length
      if (batch.droppedKeys) summary.droppedKeys = (summary.droppedKeys ?? 0) + batch.droppedKeys
      plan.onProgress?.({ pages: summary.pages, records: summary.records })
      return documents
    },
    async fail(cause, page) {
      const { pages, records } = summary
      const error = pageError(cause, plan.endpoint, { page, pages, records })
      if (!error || !plan.onPageError) throw error ?? cause
      const decision = await plan.onPageError(error, page)
      if (decision !== 'stop' && decision !== 'skip') throw error
      summary.complete = false
      return decision
    },
  }
}

/** An index keeps only one of two documents with the same `id_`. */
function repeatedRecord(index: number): Error {
  return recordProblem(
    'record_repeated',
    index,
    'has the ID of an earlier one',
    readHints.record_repeated,
  )
}
