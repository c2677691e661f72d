import { withoutFiles } from '../platform/no-files.ts'
import type { FileStoreOptions } from './file-store.ts'
import type { LeasingStore } from './store.ts'

export function createFileStore(_options: FileStoreOptions): LeasingStore {
  throw withoutFiles(
    'createFileStore',
    'Use a store that is reached over the network, such as one over Redis or the key-value store of the platform, or createMemoryStore for one process.',
  )
}
