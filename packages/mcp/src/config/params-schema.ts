import { z } from 'zod'

/** Why a schema in a configuration file cannot be used: the field below `params`, and what is wrong. */
export class ParamsProblem extends Error {
  override readonly name = 'ParamsProblem'
}

type Json = Readonly<Record<string, unknown>>

const COMMON = ['type', 'description', 'default', 'enum']
const KEYWORDS: Readonly<Record<string, readonly string[]>> = {
  string: ['minLength', 'maxLength', 'pattern'],
  integer: ['minimum', 'maximum'],
  number: ['minimum', 'maximum'],
  boolean: [],
}

/**
 * Parameters written as JSON Schema, as zod: an object of strings, numbers and booleans, because each
 * value becomes one path segment, query value or JSON field. A keyword that would not be checked is
 * refused. Throws `ParamsProblem`.
 */
export function paramsFromJsonSchema(schema: unknown): z.ZodObject<z.ZodRawShape> {
  const { properties = {}, required = [] } = objectAt(schema, '', [
    'type',
    'properties',
    'required',
    'additionalProperties',
  ])
  if (!isObject(properties)) throw new ParamsProblem('.properties must be an object')
  if (!isStrings(required)) throw new ParamsProblem('.required must be a list of names')
  const unknown = required.find((name) => !Object.hasOwn(properties, name))
  if (unknown !== undefined) {
    throw new ParamsProblem(`.required names ${unknown}, which is not in properties`)
  }
  const shape = Object.entries(properties).map(([name, property]) => {
    const isRequired = required.includes(name)
    return [name, propertySchema(property, `.properties.${name}`, isRequired)] as const
  })
  return z.object(Object.fromEntries(shape))
}

function propertySchema(property: unknown, at: string, isRequired: boolean): z.ZodType {
  const type = isObject(property) ? property['type'] : undefined
  const own = typeof type === 'string' ? KEYWORDS[type] : undefined
  if (typeof type !== 'string' || !own) {
    throw new ParamsProblem(`${at}.type must be one of ${Object.keys(KEYWORDS).join(', ')}`)
  }
  const keywords = objectAt(property, at, [...COMMON, ...own])
  const { description, default: fallback } = keywords
  let schema = valueSchema(type, keywords, at)
  if (description !== undefined) {
    if (typeof description !== 'string') throw new ParamsProblem(`${at}.description must be text`)
    schema = schema.describe(description)
  }
  if (fallback !== undefined) {
    if (!schema.safeParse(fallback).success) {
      throw new ParamsProblem(`${at}.default does not fit the rest of its schema`)
    }
    return schema.default(fallback)
  }
  return isRequired ? schema : schema.optional()
}

function valueSchema(type: string, keywords: Json, at: string): z.ZodType {
  const choices = keywords['enum']
  if (choices !== undefined) return choiceSchema(choices, type, at)
  if (type === 'boolean') return z.boolean()
  if (type === 'string') return stringSchema(keywords, at)
  let schema = type === 'integer' ? z.int() : z.number()
  const { minimum, maximum } = numbersAt(keywords, at, ['minimum', 'maximum'])
  if (minimum !== undefined) schema = schema.min(minimum)
  if (maximum !== undefined) schema = schema.max(maximum)
  return schema
}

function stringSchema(keywords: Json, at: string): z.ZodType {
  let schema = z.string()
  const { minLength, maxLength } = numbersAt(keywords, at, ['minLength', 'maxLength'])
  if (minLength !== undefined) schema = schema.min(minLength)
  if (maxLength !== undefined) schema = schema.max(maxLength)
  const { pattern } = keywords
  if (pattern === undefined) return schema
  if (typeof pattern !== 'string') throw new ParamsProblem(`${at}.pattern must be text`)
  try {
    return schema.regex(new RegExp(pattern, 'u'))
  } catch {
    throw new ParamsProblem(`${at}.pattern is not a regular expression`)
  }
}

function choiceSchema(choices: unknown, type: string, at: string): z.ZodType {
  const wanted = type === 'integer' ? 'number' : type
  const fits = (choice: unknown): choice is string | number | boolean => typeof choice === wanted
  if (!Array.isArray(choices) || choices.length === 0 || !choices.every(fits)) {
    throw new ParamsProblem(`${at}.enum must list values of the type ${type}`)
  }
  return z.literal(choices)
}

function numbersAt<const Name extends string>(
  keywords: Json,
  at: string,
  names: readonly Name[],
): Partial<Record<Name, number>> {
  const given = names.filter((name) => keywords[name] !== undefined)
  const wrong = given.find((name) => typeof keywords[name] !== 'number')
  if (wrong !== undefined) throw new ParamsProblem(`${at}.${wrong} must be a number`)
  return Object.fromEntries(given.map((name) => [name, keywords[name]])) as Partial<
    Record<Name, number>
  >
}

function objectAt(value: unknown, at: string, known: readonly string[]): Json {
  if (!isObject(value)) throw new ParamsProblem(`${at} must be an object`.trimStart())
  const unknown = Object.keys(value).find((key) => !known.includes(key))
  if (unknown !== undefined) {
    throw new ParamsProblem(`${at}.${unknown} is not supported; use ${known.join(', ')}`)
  }
  if (at === '' && value['type'] !== undefined && value['type'] !== 'object') {
    throw new ParamsProblem('.type must be object')
  }
  return value
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}
