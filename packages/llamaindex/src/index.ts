export type { PermissionFilter, PermissionFilters } from './permission-filters.ts'
export { maySee, NO_PERMISSION_NEEDED, permissionFilters } from './permission-filters.ts'
export type {
  PermittedRetrieverOptions,
  RetrievableIndex,
  Retriever,
} from './permitted-retriever.ts'
export { permittedRetriever } from './permitted-retriever.ts'
export type { CursorPagination, Pagination } from './position.ts'
export type { ReadErrorCode, ReadErrorOptions, ReadProblemCode, ReadState } from './read-error.ts'
export { ReadError } from './read-error.ts'
export type { JsonRecord, OnPageError, ReadOptions, ReadProgress } from './read-options.ts'
export type { AuthSecToolOptions, LlamaIndexTool } from './secure-fetch-tool.ts'
export { operationTool, secureFetchTool } from './secure-fetch-tool.ts'
export type { AuthSecSecureReaderOptions, ReadSummary } from './secure-reader.ts'
export { AuthSecSecureReader } from './secure-reader.ts'
export type { SecurityMetadata } from './security-metadata.ts'
export { SECURITY_METADATA_KEYS } from './security-metadata.ts'
export type { AuthSecDocument } from './to-document.ts'
