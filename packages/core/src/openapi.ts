export type { OpenApiInclude } from './openapi/include.ts'
export type {
  OpenApiOperations,
  OpenApiRefusal,
} from './openapi/operations-from-open-api.ts'
export { operationsFromOpenApi } from './openapi/operations-from-open-api.ts'
export type { OpenApiOperation, OpenApiOptions } from './openapi/options.ts'
export type { OpenApiReason } from './schema/inexpressible.ts'
