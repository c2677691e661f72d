export type { CursorPagination, Pagination } from './reader/position.ts'
export type {
  ReadErrorCode,
  ReadErrorOptions,
  ReadProblemCode,
  ReadState,
} from './reader/read-error.ts'
export { ReadError } from './reader/read-error.ts'
export type {
  AuthSecSecureReaderOptions,
  JsonRecord,
  OnPageError,
  ReadOptions,
  ReadProgress,
} from './reader/read-options.ts'
export type { ReadSummary } from './reader/secure-reader.ts'
export { AuthSecSecureReader } from './reader/secure-reader.ts'
export type { SecurityMetadata } from './reader/security-metadata.ts'
export { NO_PERMISSION_NEEDED, SECURITY_METADATA_KEYS } from './reader/security-metadata.ts'
export type { AuthSecDocument } from './reader/to-document.ts'
export type {
  PermissionFilter,
  PermissionFilters,
  PermissionFiltersOptions,
} from './retrieval/permission-filters.ts'
export { maySee, permissionFilters } from './retrieval/permission-filters.ts'
export type {
  PermittedRetrieverOptions,
  RetrievableIndex,
  Retriever,
} from './retrieval/permitted-retriever.ts'
export { permittedRetriever } from './retrieval/permitted-retriever.ts'
export { bindTools } from './tools/bind-tools.ts'
export type { LlamaIndexTool } from './tools/llamaindex-tool.ts'
export { operationTool, secureFetchTool } from './tools/secure-fetch-tool.ts'
export type { AuthSecToolOptions } from './tools/tool-option-checks.ts'
