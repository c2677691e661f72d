import type { AuthSecClient } from '@authsec/core'
import { AuthSecSecureReader } from '@authsec/llamaindex'
import type { Document } from '@llamaindex/core/schema'
import { VectorStoreIndex } from 'llamaindex'

const PAGE_SIZE = 16

/** Called with the progress; `total` is unknown while records are read. */
export type OnStep = (what: 'read' | 'embedded', done: number, total: number | undefined) => void

/** Reads the records that this agent may read, as documents with the permissions that seeing them takes. */
export async function readRecords(client: AuthSecClient, onStep: OnStep): Promise<Document[]> {
  const reader = new AuthSecSecureReader({ client })
  return await reader.loadData({
    endpoint: 'records',
    permission: 'records:read',
    // The vault shows restricted records only with a second permission, and the index does the same.
    recordPermission: ({ clearance }) =>
      clearance === 'restricted' ? 'records:restricted' : undefined,
    query: { limit: PAGE_SIZE },
    text: ['title', 'summary'],
    metadata: ['title'],
    onProgress: ({ records }) => onStep('read', records, undefined),
  })
}

export async function indexRecords(
  documents: readonly Document[],
  onStep: OnStep,
): Promise<VectorStoreIndex> {
  for (const document of documents) {
    // The title is already the first line of the text.
    document.excludedEmbedMetadataKeys.push('title')
    document.excludedLlmMetadataKeys.push('title')
  }
  return await VectorStoreIndex.fromDocuments([...documents], {
    progressCallback: (done, total) => onStep('embedded', done, total),
  })
}
