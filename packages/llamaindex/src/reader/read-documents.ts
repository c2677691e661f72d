import { fetchPage, type Source } from './fetch-page.ts'
import { batchesOf } from './ndjson.ts'
import type { ReadPlan } from './read-plan.ts'
import { createReadRun, type ReadSummary } from './read-run.ts'
import { pagesOf } from './record-pages.ts'
import type { AuthSecDocument } from './to-document.ts'

/** Reads the documents of one page, or of one piece of a stream, after another. For `allIds` see `createReadRun`. */
export function readDocuments(
  source: Source,
  plan: ReadPlan,
  allIds: Set<string> | undefined,
): AsyncGenerator<AuthSecDocument[], ReadSummary, undefined> {
  const run = createReadRun(plan, source.client.mode, allIds)
  if (plan.streamBase) return batchesOf(source, plan.streamBase, plan, run)
  return pagesOf((position, signal) => fetchPage(source, plan, position, signal), plan, run)
}
