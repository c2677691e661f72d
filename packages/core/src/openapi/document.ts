import { METHODS } from '../identity/http-methods.ts'
import { invalidOption, kindOf } from '../options/option-checks.ts'
import { Inexpressible } from '../schema/inexpressible.ts'
import { DocumentReader, isObject, type Place, textAt } from '../schema/place.ts'
import { parseObject } from '../support/json-object.ts'
import type { Includable } from './include.ts'

const WHAT = 'The OpenAPI document'
const MAX_CHARACTERS = 32_000_000
const MAX_OPERATIONS = 5_000

/** An operation of the document, with its path item. */
export interface DocumentOperation extends Includable {
  readonly item: Place
  readonly operation: Place
}

export interface OpenApiDocument {
  readonly reader: DocumentReader
  readonly isVersion30: boolean
}

/** Throws `ConfigError` for what is no document of OpenAPI 3.0 or 3.1. */
export function openDocument(document: unknown): OpenApiDocument {
  const content = typeof document === 'string' ? parsed(document) : document
  if (!isObject(content)) {
    throw invalidOption(WHAT, `must be an object or its JSON, not ${kindOf(content)}`)
  }
  const version = Object.hasOwn(content, 'openapi') ? content['openapi'] : undefined
  if (typeof version === 'string' && /^3\.[01]\.\d{1,3}(-|$)/.test(version)) {
    return { reader: new DocumentReader(content), isVersion30: version.startsWith('3.0') }
  }
  throw invalidOption(
    WHAT,
    Object.hasOwn(content, 'swagger')
      ? 'is of Swagger 2'
      : 'does not say `openapi: 3.0.x` or 3.1.x',
    'Convert it to OpenAPI 3.0 or 3.1 first.',
  )
}

function parsed(text: string): unknown {
  if (text.length > MAX_CHARACTERS) {
    throw invalidOption(WHAT, 'has more than 32 million characters', 'Cut it down first.')
  }
  const content = parseObject(text.replace(/^\uFEFF/, ''))
  if (content) return content
  throw invalidOption(
    WHAT,
    'is not the JSON of an object',
    'YAML is not read: parse it with a parser of YAML, and pass the object.',
  )
}

/** Every operation, and the path items that cannot be read. */
export function operationsOf({ reader }: OpenApiDocument): {
  operations: DocumentOperation[]
  unreadable: Inexpressible[]
} {
  const operations: DocumentOperation[] = []
  const unreadable: Inexpressible[] = []
  reader.begin()
  for (const [path, given] of pathItems(reader)) {
    reader.begin()
    try {
      operations.push(...operationsAt(path, reader.follow(given), reader))
    } catch (error) {
      if (!(error instanceof Inexpressible)) throw error
      unreadable.push(error)
    }
    if (operations.length <= MAX_OPERATIONS) continue
    throw invalidOption(WHAT, `has more than ${MAX_OPERATIONS} operations`, 'Cut it down first.')
  }
  return { operations, unreadable }
}

function pathItems(reader: DocumentReader): (readonly [string, Place])[] {
  try {
    return reader.members(reader.at(reader.root, 'paths'))
  } catch (error) {
    if (!(error instanceof Inexpressible)) throw error
    throw invalidOption('`paths` of the OpenAPI document', 'cannot be read, or has too many paths')
  }
}

const KEYS = [...METHODS, 'TRACE']

function operationsAt(path: string, item: Place, reader: DocumentReader): DocumentOperation[] {
  return KEYS.flatMap((method) => {
    const operation = reader.member(item, method.toLowerCase())
    if (!operation || !isObject(operation.value)) return []
    return [
      {
        ...{ method, path, item, operation },
        operationId: textAt(operation, 'operationId'),
        tags: tagsOf(operation, reader),
      },
    ]
  })
}

/** Tags only choose: what is no list of texts chooses nothing. */
function tagsOf(operation: Place, reader: DocumentReader): string[] {
  const list = reader.member(operation, 'tags')
  if (!Array.isArray(list?.value)) return []
  const tags = reader.items(list).map(({ value }) => value)
  return tags.filter((tag) => typeof tag === 'string')
}
