import { nearestName } from '../options/nearest-name.ts'
import { Inexpressible } from './inexpressible.ts'
import { FORMATS } from './limits.ts'
import { type DocumentReader, isObject, type Place } from './place.ts'

/** Keywords that say nothing about values. */
const ANNOTATIONS = [
  'title',
  'description',
  'examples',
  'deprecated',
  '$comment',
  '$schema',
  '$defs',
]
const NUMBER = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum']
/** What is checked of values of each type. */
const OF_TYPE: Readonly<Record<string, readonly string[]>> = {
  string: ['minLength', 'maxLength', 'pattern', 'format'],
  integer: NUMBER,
  number: NUMBER,
  boolean: [],
  null: [],
  array: ['items', 'minItems', 'maxItems'],
  object: ['properties', 'required', 'additionalProperties'],
}

const COUNTS = ['minLength', 'maxLength', 'minItems', 'maxItems']

/** Refuses a keyword that would not be checked: nobody else reads the schema, so it would be ignored. */
export function assertStrict(place: Place, reader: DocumentReader): void {
  const { value, pointer } = place
  if (!isObject(value)) return
  const allowed = [...ANNOTATIONS, 'default', ...mainKeywords(place, reader)]
  for (const name of Object.keys(value)) {
    const at = `${pointer}/${name}`
    if (!allowed.includes(name)) throw unsupported(at, unchecked(name, allowed))
    const problem = problemOf(name, value[name])
    if (problem !== undefined) throw new Inexpressible('malformed', at, problem)
  }
}

/** The keywords that say what the values are, with those that may stand beside them. */
function mainKeywords({ value, pointer }: Place, reader: DocumentReader): readonly string[] {
  const schema: Readonly<Record<string, unknown>> = Object(value)
  if (Object.hasOwn(schema, '$ref')) return ['$ref']
  for (const name of ['enum', 'const']) {
    if (!Object.hasOwn(schema, name)) continue
    assertFits(schema, name, pointer)
    return [name, 'type']
  }
  if (Object.hasOwn(schema, 'anyOf')) return ['anyOf']
  if (Object.hasOwn(schema, 'oneOf')) {
    const branches = reader.items(reader.member({ value, pointer, refs: [] }, 'oneOf'))
    if (branches.every(({ value: one }) => isObject(one) && Object.hasOwn(one, 'const')))
      return ['oneOf']
    throw unsupported(`${pointer}/oneOf`, 'Only constants are alternatives of oneOf; write anyOf.')
  }
  const types = typesOf(schema)
  return ['type', ...types.flatMap((type) => OF_TYPE[String(type)] ?? [])]
}

function typesOf({ type, properties, items }: Readonly<Record<string, unknown>>): unknown[] {
  if (type !== undefined) return [type].flat()
  return [
    ...(properties === undefined ? [] : ['object']),
    ...(items === undefined ? [] : ['array']),
  ]
}

/** Listed values are of the type that is named beside them. */
function assertFits(
  schema: Readonly<Record<string, unknown>>,
  name: string,
  pointer: string,
): void {
  if (schema['type'] === undefined) return
  const types = [schema['type']].flat()
  const listed = name === 'const' ? [schema['const']] : schema['enum']
  if (!Array.isArray(listed)) return
  const fits = (value: unknown): boolean =>
    types.some((type) => {
      if (type === 'integer') return Number.isInteger(value)
      return type === (value === null ? 'null' : typeof value)
    })
  if (listed.every(fits)) return
  throw unsupported(`${pointer}/${name}`, 'A listed value is not of the type that is named.')
}

function problemOf(name: string, value: unknown): string | undefined {
  if (COUNTS.includes(name)) {
    const isCount = typeof value === 'number' && Number.isInteger(value) && value >= 0
    return isCount ? undefined : `${name} is not a whole number from 0.`
  }
  if (NUMBER.includes(name)) {
    return Number.isFinite(value) ? undefined : `${name} is not a number.`
  }
  if (name === 'pattern') return typeof value === 'string' ? undefined : 'pattern is not a text.'
  if (name === 'format' && !FORMATS.includes(String(value))) {
    return `The format is none of ${FORMATS.join(', ')}.`
  }
  if (name === 'properties') return isObject(value) ? undefined : 'properties is not an object.'
  if (name === 'required' || name === 'enum' || name === 'anyOf' || name === 'oneOf') {
    return Array.isArray(value) ? undefined : `${name} is not a list.`
  }
  return undefined
}

function unchecked(name: string, allowed: readonly string[]): string {
  const near = nearestName(name, allowed)
  const question = near === undefined ? '.' : `; did you mean "${near}"?`
  return `The keyword ${shown(name)} is not checked here${question}`
}

function unsupported(at: string, message: string): Inexpressible {
  return new Inexpressible('unsupported_schema', at, message)
}

function shown(name: string): string {
  return /^[\w$-]{1,40}$/.test(name) ? name : 'with a long name'
}
