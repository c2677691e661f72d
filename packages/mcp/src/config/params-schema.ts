import { checkOptions, invalidOption, optionalText, uncheckedHere } from '@authsec/core/adapter'
import { z } from 'zod'

type Json = Readonly<Record<string, unknown>>

const COMMON = ['type', 'description', 'default', 'enum']
const KEYWORDS: Readonly<Record<string, readonly string[]>> = {
  string: ['minLength', 'maxLength', 'pattern'],
  integer: ['minimum', 'maximum'],
  number: ['minimum', 'maximum'],
  boolean: [],
}

/**
 * Turns parameters that are written as JSON Schema into zod: an object of strings, numbers and booleans,
 * because each value becomes one path segment, query value or JSON field. Throws `ConfigError`, also for
 * a keyword that would not be checked.
 *
 * @param field - Names the schema in errors, such as `operations[0].params`.
 */
export function paramsFromJsonSchema(schema: unknown, field: string): z.ZodObject<z.ZodRawShape> {
  const known = ['type', 'properties', 'required', 'additionalProperties']
  const { type = 'object', properties = {}, required = [] } = keywordsOf(schema, field, known)
  if (type !== 'object') throw invalidOption(`${field}.type`, 'must be object')
  if (!isObject(properties)) throw invalidOption(`${field}.properties`, 'must be an object')
  if (!isStrings(required)) throw invalidOption(`${field}.required`, 'must be a list of names')
  const unknown = required.find((name) => !Object.hasOwn(properties, name))
  if (unknown !== undefined) {
    throw invalidOption(`${field}.required`, `names ${unknown}, which is not in properties`)
  }
  const shape = Object.entries(properties).map(([name, property]) => {
    const isRequired = required.includes(name)
    return [name, propertySchema(property, `${field}.properties.${name}`, isRequired)] as const
  })
  return z.object(Object.fromEntries(shape))
}

function propertySchema(property: unknown, field: string, isRequired: boolean): z.ZodType {
  const type = isObject(property) ? property['type'] : undefined
  const own = typeof type === 'string' ? KEYWORDS[type] : undefined
  if (typeof type !== 'string' || !own) {
    throw invalidOption(`${field}.type`, `must be one of ${Object.keys(KEYWORDS).join(', ')}`)
  }
  const keywords = keywordsOf(property, field, [...COMMON, ...own])
  const { description, default: fallback } = keywords
  optionalText(description, `${field}.description`)
  let schema = valueSchema(type, keywords, field)
  if (typeof description === 'string') schema = schema.describe(description)
  if (fallback === undefined) return isRequired ? schema : schema.optional()
  if (schema.safeParse(fallback).success) return schema.default(fallback)
  throw invalidOption(`${field}.default`, 'does not fit the rest of its schema')
}

function valueSchema(type: string, keywords: Json, field: string): z.ZodType {
  const choices = keywords['enum']
  if (choices !== undefined) return choiceSchema(choices, type, field)
  if (type === 'boolean') return z.boolean()
  if (type === 'string') return stringSchema(keywords, field)
  let schema = type === 'integer' ? z.int() : z.number()
  const { minimum, maximum } = numbersOf(keywords, field, ['minimum', 'maximum'])
  if (minimum !== undefined) schema = schema.min(minimum)
  if (maximum !== undefined) schema = schema.max(maximum)
  return schema
}

function stringSchema(keywords: Json, field: string): z.ZodType {
  let schema = z.string()
  const { minLength, maxLength } = numbersOf(keywords, field, ['minLength', 'maxLength'])
  if (minLength !== undefined) schema = schema.min(minLength)
  if (maxLength !== undefined) schema = schema.max(maxLength)
  const { pattern } = keywords
  if (pattern === undefined) return schema
  if (typeof pattern !== 'string') throw invalidOption(`${field}.pattern`, 'must be a text')
  try {
    return schema.regex(new RegExp(pattern, 'u'))
  } catch {
    throw invalidOption(`${field}.pattern`, 'is not a regular expression')
  }
}

function choiceSchema(choices: unknown, type: string, field: string): z.ZodType {
  const expected = type === 'integer' ? 'number' : type
  const fits = (choice: unknown): choice is string | number | boolean => typeof choice === expected
  if (!Array.isArray(choices) || choices.length === 0 || !choices.every(fits)) {
    throw invalidOption(`${field}.enum`, `must list values of the type ${type}`)
  }
  return z.literal(choices)
}

function numbersOf<const Name extends string>(
  keywords: Json,
  field: string,
  names: readonly Name[],
): Partial<Record<Name, number>> {
  const given = names.filter((name) => keywords[name] !== undefined)
  const wrong = given.find((name) => typeof keywords[name] !== 'number')
  if (wrong !== undefined) throw invalidOption(`${field}.${wrong}`, 'must be a number')
  return Object.fromEntries(given.map((name) => [name, keywords[name]])) as Partial<
    Record<Name, number>
  >
}

/** Refuses what is not an object, and keywords that would not be checked. */
function keywordsOf(value: unknown, field: string, known: readonly string[]): Json {
  checkOptions<Json>(value, field, Object.fromEntries(known.map((name) => [name, uncheckedHere])))
  return value
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}
