import type { z } from 'zod'
import { Inexpressible, type OpenApiReason, remedyFor } from '../schema/inexpressible.ts'
import type { DocumentReader } from '../schema/place.ts'
import { readableText } from '../schema/readable-text.ts'
import type { OperationOptions } from '../tool/define-operation.ts'
import { type DocumentOperation, openDocument, operationsOf } from './document.ts'
import { included } from './include.ts'
import { checkOpenApiOptions, type OpenApiOptions } from './options.ts'
import { basePathOf } from './servers.ts'
import { toolNames } from './tool-names.ts'
import { toolOperation } from './tool-operation.ts'

/** A part of a document that no tool has. */
export interface OpenApiRefusal {
  /** `operation`: there is no tool. `parameter`: the tool lacks an optional part. `server`: about all tools. */
  readonly part: 'operation' | 'parameter' | 'server'
  /** The name of the tool, or that it would have. `undefined` for what is about several. */
  readonly operation: string | undefined
  /** Where it stands in the document: JSON Pointer as a fragment (RFC 6901). Text of the document: untrusted. */
  readonly pointer: string
  readonly reason: OpenApiReason
  /** One sentence. */
  readonly message: string
  /** The remedy, one sentence. */
  readonly hint: string
}

/** What a document became. */
export interface OpenApiOperations {
  /** For `defineOperation`, `operationTool` of an adapter, and `operations` of the MCP server. */
  readonly operations: readonly OperationOptions<z.ZodObject<z.ZodRawShape>>[]
  /** What could not be expressed, and is never guessed. */
  readonly refused: readonly OpenApiRefusal[]
}

/**
 * Turns a document of OpenAPI 3.0 or 3.1 into operations: tools with names, descriptions, parameters, permissions and
 * approvals. Nothing is loaded: the document is an object, or its JSON as text. Its servers are never called; every
 * operation goes to the configured resource. A document is untrusted: it cannot choose a destination, a credential or
 * an approver, its texts are cut and cleaned of invisible letters, and it is read within bounds.
 *
 * @throws ConfigError - for an unusable option, an unusable result of one that is a function, a document that is none of OpenAPI 3.0 or 3.1, and a name in `include`
 *   that the document does not have.
 * @see OpenAPI 3.0.3 and 3.1.0; JSON Schema 2020-12; RFC 6749 section 3.3 for scopes.
 *
 * @example
 * ```ts
 * import { createAuthSecClientFromEnv } from '@authsec/core'
 * import { operationsFromOpenApi } from '@authsec/core/openapi'
 * import { defineOperation } from '@authsec/core/tool'
 *
 * const document = {
 *   openapi: '3.1.0',
 *   paths: {
 *     '/records/{id}': {
 *       get: {
 *         operationId: 'getRecord',
 *         parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }],
 *       },
 *     },
 *   },
 * }
 * const { operations, refused } = operationsFromOpenApi(document, {
 *   permissions: () => 'records:read',
 * })
 * for (const { pointer, message, hint } of refused) console.warn(pointer, message, hint)
 *
 * const client = createAuthSecClientFromEnv()
 * export const tools = operations.map((operation) => defineOperation(client, operation))
 * ```
 */
export function operationsFromOpenApi(
  document: object | string,
  options: OpenApiOptions = {},
): OpenApiOperations {
  checkOpenApiOptions(options)
  const opened = openDocument(document)
  // Before the operations, which may use up what is looked at of a document.
  const base = basePathRefusal(opened.reader, options)
  const { operations: found, unreadable } = operationsOf(opened)
  const names = toolNames(found, options.namePrefix === undefined ? '' : `${options.namePrefix}_`)
  const nameOf = new Map(found.map((operation, index) => [operation, names[index] ?? '']))
  const operations: OperationOptions<z.ZodObject<z.ZodRawShape>>[] = []
  const refused = unreadable.map((error) => refusal('operation', undefined, error))

  function add(operation: DocumentOperation): void {
    const name = nameOf.get(operation) ?? ''
    try {
      const made = toolOperation(operation, name, opened, options)
      operations.push(made.options)
      refused.push(...made.leftOut.map((error) => refusal('parameter', name, error)))
    } catch (error) {
      if (!(error instanceof Inexpressible)) throw error
      refused.push(refusal('operation', name, error))
    }
  }

  for (const operation of included(found, options.include ?? {})) add(operation)
  return Object.freeze({
    operations: Object.freeze(operations),
    refused: Object.freeze(base ? [...refused, base] : refused),
  })
}

function refusal(
  part: OpenApiRefusal['part'],
  operation: string | undefined,
  { pointer, reason, message }: Inexpressible,
): OpenApiRefusal {
  const hint = remedyFor(reason)
  return Object.freeze({
    part,
    operation,
    pointer: readableText(pointer, 500),
    reason,
    message,
    hint,
  })
}

function basePathRefusal(
  reader: DocumentReader,
  options: OpenApiOptions,
): OpenApiRefusal | undefined {
  reader.begin()
  try {
    return differentBase(basePathOf(reader), options)
  } catch (error) {
    if (!(error instanceof Inexpressible)) throw error
    return refusal('server', undefined, error)
  }
}

function differentBase(
  path: string | undefined,
  { baseUrl }: OpenApiOptions,
): OpenApiRefusal | undefined {
  const own =
    baseUrl === undefined ? undefined : new URL(baseUrl).pathname.replace(/\/+$/, '') || '/'
  if (path === undefined || path === (own ?? '/')) return undefined
  const message = `The paths of the document are below ${path}.`
  return refusal('server', undefined, new Inexpressible('base_path', '#/servers/0/url', message))
}
