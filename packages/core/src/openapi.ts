export type { OpenApiInclude } from './openapi/include.ts'
export type { OpenApiReason } from './openapi/inexpressible.ts'
export type {
  OpenApiOperations,
  OpenApiRefusal,
} from './openapi/operations-from-open-api.ts'
export { operationsFromOpenApi } from './openapi/operations-from-open-api.ts'
export type { OpenApiOperation, OpenApiOptions } from './openapi/options.ts'
