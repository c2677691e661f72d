import type { AuthSecClient } from '@authsec/core'
import { pageError, recordProblem } from './read-error.ts'
import type { ReadPlan } from './read-options.ts'
import { type AuthSecDocument, toDocument } from './to-document.ts'

/** How a read ended. */
export interface ReadSummary {
  /** Pages read completely. */
  pages: number
  records: number
  /** Whether nothing was left out. */
  complete: boolean
}

interface Batch {
  records: readonly unknown[]
  retrievedAt: string
  /** Whether more of the page is to come. Default: false. */
  isPart?: boolean
}

/** One read under way: its counts, and what becomes of its records and its failures. */
export interface ReadRun {
  readonly summary: Readonly<ReadSummary>
  /** Records as documents: all of them, or it throws. */
  accept(batch: Batch): AuthSecDocument[]
  /** Asks `onPageError`; throws the error of the read, unless it decides otherwise. */
  fail(error: unknown, page: number): Promise<'stop' | 'skip'>
}

/** With `allIds` every record is compared with all before it, else with those of the batch before. */
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
      if (!isNew || (allIds ?? before).has(id_)) throw repeated(first + index)
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

/** Two documents with one `id_` would be one in the index. */
function repeated(index: number): Error {
  return recordProblem(
    'record_repeated',
    index,
    'has the ID of an earlier one',
    'Set `id` if it is not unique. If the list changed while it was read, read it again, or page by cursor.',
  )
}
