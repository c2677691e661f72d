import type { AuthSecClient } from '@authsec/core'
import { AuthSecSecureReader } from '@authsec/llamaindex'
import type { Document } from '@llamaindex/core/schema'
import { VectorStoreIndex } from 'llamaindex'

const PAGE_SIZE = 16

/** Told how far it is: `total` is unknown while records are read. */
export type OnStep = (what: 'read' | 'embedded', done: number, total: number | undefined) => void

/** The records this agent may read, as documents that say who else may see them. */
export async function readRecords(client: AuthSecClient, onStep: OnStep): Promise<Document[]> {
  const reader = new AuthSecSecureReader({ client })
  return await reader.loadData({
    endpoint: 'records',
    permission: 'records:read',
    // The vault shows restricted records to those with a second permission; so does the index.
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
    // The title is the text's first line already.
    document.excludedEmbedMetadataKeys.push('title')
    document.excludedLlmMetadataKeys.push('title')
  }
  return await VectorStoreIndex.fromDocuments([...documents], {
    progressCallback: (done, total) => onStep('embedded', done, total),
  })
}
