import { z } from 'zod'
import type { ConfigError } from '../errors.ts'
import { invalidOption } from '../options/option-checks.ts'
import { convert, type SchemaParts } from './convert.ts'
import { Inexpressible } from './inexpressible.ts'
import type { JsonSchema } from './json-schema.ts'
import { DocumentReader, isObject, type Place } from './place.ts'
import { readableText } from './readable-text.ts'
import { assertStrict } from './strict.ts'

/**
 * An object of JSON Schema as an object of zod that takes no further fields. Throws `ConfigError` for what zod cannot say.
 *
 * @param field - Names the schema in errors.
 * @param source - `validator`: something else checks the values too. `strict`: nothing does.
 *
 * @example
 * ```ts
 * import { objectSchema } from '@authsec/core/adapter'
 *
 * const schema = { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] }
 * console.log(objectSchema(schema, 'params').parse({ id: 'rec-0001' }))
 * ```
 */
export function objectSchema(
  schema: JsonSchema,
  field: string,
  source: 'validator' | 'strict' = 'strict',
): z.ZodObject<z.ZodRawShape> {
  const reader = new DocumentReader(schema)
  try {
    return converted(reader.root, { reader, isVersion30: false, leftOut: [], source })
  } catch (error) {
    if (error instanceof Inexpressible) throw inexpressible(field, error)
    throw error
  }
}

function converted(root: Place, parts: SchemaParts): z.ZodObject<z.ZodRawShape> {
  if (isWithoutFields(root)) {
    if (parts.source === 'strict') assertStrict(root, parts.reader)
    return z.strictObject({})
  }
  const { type, isNullable } = convert(root, parts)
  if (type instanceof z.ZodObject && !isNullable) return type
  throw new Inexpressible(
    'unsupported_schema',
    root.pointer,
    'It is not an object with properties.',
  )
}

/** An operation without parameters. */
function isWithoutFields({ value }: Place): boolean {
  if (!isObject(value) || value['type'] !== 'object') return false
  const { properties = {}, additionalProperties = false, required = [] } = value
  const isEmpty = isObject(properties) && Object.keys(properties).length === 0
  const others = ['$ref', 'allOf', 'anyOf', 'oneOf', 'enum', 'const', 'patternProperties']
  if (others.some((name) => Object.hasOwn(value, name))) return false
  return (
    isEmpty && additionalProperties === false && Array.isArray(required) && required.length === 0
  )
}

function inexpressible(field: string, { message, pointer }: Inexpressible): ConfigError {
  const sentence = message.replace(/\.$/, '')
  const at = readableText(pointer, 200)
  return invalidOption(
    field,
    `cannot be used as a schema: ${sentence} (${at})`,
    'Describe an object whose properties each have a type, with additionalProperties: false or without it.',
  )
}
