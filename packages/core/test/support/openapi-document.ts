import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type OpenApiOperations,
  type OpenApiOptions,
  operationsFromOpenApi,
} from '../../src/openapi.ts'

/** A document with one operation. */
export function documentOf(
  operation: object,
  {
    path = '/things',
    method = 'get',
    version = '3.1.0',
    more = {},
  }: { path?: string; method?: string; version?: string; more?: object } = {},
): Record<string, unknown> {
  return { openapi: version, info: {}, paths: { [path]: { [method]: operation } }, ...more }
}

/** What one operation became. */
export function convertOne(
  operation: object,
  where: Parameters<typeof documentOf>[1] = {},
  options: OpenApiOptions = {},
): OpenApiOperations {
  return operationsFromOpenApi(documentOf(operation, where), options)
}

/** An operation whose required JSON body has one required field of a schema. */
export function bodyOf(schema: object): object {
  const fields = { type: 'object', required: ['field'], properties: { field: schema } }
  return {
    operationId: 'send_thing',
    requestBody: { required: true, content: { 'application/json': { schema: fields } } },
  }
}

export type ProductDocument = 'adyen-transfers' | 'box' | 'discord'

export function productDocument(name: ProductDocument): string {
  return readFileSync(join(import.meta.dirname, `../fixtures/openapi/${name}.json`), 'utf8')
}
