import { z } from 'zod'
import { defaultOf, withDefault } from './defaults.ts'
import { Inexpressible } from './inexpressible.ts'
import { assertAllStrict, assertSupported, type SchemaSource } from './keywords.ts'
import {
  enumeration,
  type LimitedType,
  limitedList,
  limitedNumber,
  limitedText,
  MAX_VALUES,
} from './limits.ts'
import { schemaInOne } from './merged.ts'
import { type DocumentReader, isObject, isTrueAt, type Place, textAt } from './place.ts'
import { PARAMETER_TEXT, sentences, TOOL_TEXT } from './readable-text.ts'
import { alternativesOf, listedValues, saysNull } from './values.ts'

/** What is known of a schema beside its type. */
export interface Converted {
  readonly type: z.ZodType
  /** A scalar is one text in a URL. */
  readonly kind: 'scalar' | 'scalars' | 'other'
  readonly isNullable: boolean
  /** Of an object's property, also where a part of `allOf` says so. */
  readonly isReadOnly?: boolean
}

/** What converts the schemas of one operation. */
export interface SchemaParts {
  readonly reader: DocumentReader
  readonly isVersion30: boolean
  /** Default: a document. */
  readonly source?: SchemaSource | undefined
  /** Told of an optional property that is left out. */
  readonly leftOut: Inexpressible[]
}

/** Levels of lists and objects: a provider takes ten. */
const MAX_DEPTH = 10
const MAX_BRANCHES = 32
/** There are no more (JSON Schema 2020-12, validation 6.1.1), and none stands in a list twice. */
const MAX_TYPES = 7

/** A name that every provider takes, and that no object has from the start. */
const PROPERTY_NAME = /^[a-zA-Z0-9_.-]{1,64}$/

/**
 * A schema of the document as a type of zod. Throws `Inexpressible` for what it cannot say: an optional property is
 * left out instead, and told.
 */
export function convert(given: Place, parts: SchemaParts, depth = 0): Converted {
  const { reader, source } = parts
  if (source === 'strict') assertAllStrict(given, reader)
  const length = isOwn(parts) ? TOOL_TEXT : PARAMETER_TEXT
  const { place, description } = schemaInOne(given, reader, length)
  if (depth > MAX_DEPTH) {
    throw new Inexpressible('too_deep', place.pointer, `More than ${MAX_DEPTH} levels are nested.`)
  }
  assertSupported(place, source)
  const result = branches(place, parts, depth) ?? typed(place, parts, depth)
  const isNullable = result.isNullable || (parts.isVersion30 && isTrueAt(place, 'nullable'))
  const text = sentences([description, ...result.limits], length)
  const type = isNullable ? result.type.nullable() : result.type
  const fallback = defaultOf(place, type)
  const { kind } = result
  const isReadOnly = isTrueAt(place, 'readOnly')
  if (source === 'strict') {
    return { type: withDefault(type, text, place), kind, isNullable, isReadOnly }
  }
  const shown = { ...(text !== '' && { description: text }), ...fallback }
  const described = Object.keys(shown).length === 0 ? type : type.meta(shown)
  return { type: described, kind, isNullable, isReadOnly }
}

/** Whether the schema is the developer's, so that nothing of it is left out or shortened without a word. */
function isOwn({ source = 'document' }: SchemaParts): boolean {
  return source !== 'document'
}

type Found = Converted & LimitedType

function found(
  { type, limits }: LimitedType,
  kind: Converted['kind'] = 'scalar',
  isNullable = false,
): Found {
  return { type, limits, kind, isNullable }
}

/** Listed values and alternatives; `undefined` for a schema without them. */
function branches(place: Place, parts: SchemaParts, depth: number): Found | undefined {
  const { reader } = parts
  const listed = listedValues(place, reader)
  if (listed) return enumerated(listed, place, reader)
  const keyword = alternativesOf(place, reader)
  if (keyword === undefined) return undefined
  const all = reader.items(reader.member(place, keyword)).map((one) => reader.follow(one))
  const others = all.filter((one) => !saysNull(one))
  if (others.every((one) => requiresOnly(one, reader))) return undefined
  const refuse = (message: string): Inexpressible =>
    new Inexpressible('unsupported_schema', `${place.pointer}/${keyword}`, message)
  if (reader.member(place, 'properties')) {
    throw refuse(`The keyword ${keyword} stands beside properties.`)
  }
  if (others.length > MAX_BRANCHES) throw refuse(`More than ${MAX_BRANCHES} alternatives.`)
  const converted = others.map((one) => convert(one, parts, depth + 1))
  return united(converted, others.length < all.length)
}

/** A condition on which properties are given is left to the API: it narrows, and describes nothing. */
function requiresOnly(place: Place, reader: DocumentReader): boolean {
  return isObject(place.value) && reader.keywords(place).every((name) => name === 'required')
}

function enumerated(values: readonly unknown[], place: Place, reader: DocumentReader): Found {
  const others = values.filter((value) => value !== null)
  const texts = others.filter((value) => typeof value === 'string')
  if (others.length <= MAX_VALUES) {
    reader.list(
      place,
      texts.reduce((sum, text) => sum + text.length, 0),
    )
  }
  const type = enumeration(others)
  if (type) return found({ type, limits: [] }, 'scalar', others.length < values.length)
  throw new Inexpressible(
    'unsupported_schema',
    place.pointer,
    'An enumeration has no values, too many, several kinds of them, or ones that cannot be shown.',
  )
}

function united(members: readonly Converted[], isNullable: boolean): Found {
  const [first, ...others] = members
  const nullable = isNullable || members.some((one) => one.isNullable)
  if (!first) return found({ type: z.null(), limits: [] }, 'scalar')
  const kind = members.every((one) => one.kind === 'scalar') ? 'scalar' : 'other'
  if (others.length === 0) return found({ type: first.type, limits: [] }, first.kind, nullable)
  const type = z.union(members.map((one) => one.type))
  return found({ type, limits: [] }, kind, nullable)
}

function typed(place: Place, parts: SchemaParts, depth: number): Found {
  const names = typeNames(place)
  const types = names.filter((name) => name !== 'null')
  const isNullable = types.length < names.length
  const [only, ...more] = types
  if (only === undefined) {
    throw new Inexpressible('untyped', place.pointer, 'A schema does not say its type.')
  }
  if (more.length === 0) return { ...ofType(only, place, parts, depth), isNullable }
  const members = types.map((name) => ofType(name, place, parts, depth))
  return united(members, isNullable)
}

/** The types that a schema names, or shows by what it has. */
function typeNames({ value, pointer }: Place): readonly unknown[] {
  const { type, properties, additionalProperties, items }: Readonly<Record<string, unknown>> =
    Object(value)
  if (Array.isArray(type) && type.length > MAX_TYPES) {
    throw new Inexpressible('malformed', `${pointer}/type`, 'A schema names too many types.')
  }
  if (type !== undefined) return [...new Set([type].flat())]
  if (properties !== undefined || isObject(additionalProperties)) return ['object']
  return items === undefined ? [] : ['array']
}

function ofType(name: unknown, place: Place, parts: SchemaParts, depth: number): Found {
  switch (name) {
    case 'string':
      if (textAt(place, 'format') === 'binary') {
        throw new Inexpressible('unsupported_schema', place.pointer, 'A text is binary.')
      }
      return found(limitedText(place, parts.source === 'strict'))
    case 'integer':
    case 'number':
      return found(limitedNumber(place, name === 'integer'))
    case 'boolean':
      return found({ type: z.boolean(), limits: [] })
    case 'array':
      return listOf(place, parts, depth)
    case 'object':
      return objectOf(place, parts, depth)
    default:
      throw new Inexpressible('malformed', `${place.pointer}/type`, 'A type is unknown.')
  }
}

function listOf(place: Place, parts: SchemaParts, depth: number): Found {
  const items = parts.reader.member(place, 'items')
  if (!items) throw new Inexpressible('untyped', place.pointer, 'A list does not say its items.')
  const item = convert(items, parts, depth + 1)
  return found(limitedList(place, item.type), item.kind === 'scalar' ? 'scalars' : 'other')
}

function objectOf(place: Place, parts: SchemaParts, depth: number): Found {
  const { reader } = parts
  const properties = reader.members(reader.member(place, 'properties'))
  const further = reader.member(place, 'additionalProperties')
  if (properties.length > 0) {
    if (isOwn(parts) && further && further.value !== false) {
      const message = 'An object has fields that are not described beside those that are.'
      throw new Inexpressible('unsupported_schema', further.pointer, message)
    }
    return found({ type: z.strictObject(shapeOf(place, parts, depth)), limits: [] }, 'other')
  }
  if (further?.value === false) return found({ type: z.strictObject({}), limits: [] }, 'other')
  if (!further || !isObject(further.value) || Object.keys(further.value).length === 0) {
    throw new Inexpressible('untyped', place.pointer, 'An object does not say its properties.')
  }
  const { type } = convert(further, parts, depth + 1)
  return found({ type: z.record(z.string(), type), limits: [] }, 'other')
}

/** The properties of an object, without those that only answers have. */
function shapeOf(place: Place, parts: SchemaParts, depth: number): Record<string, z.ZodType> {
  const { reader, leftOut } = parts
  const isOfDocument = !isOwn(parts)
  const required = namesIn(place, reader)
  const shape: Record<string, z.ZodType> = {}
  for (const [name, property] of reader.members(reader.member(place, 'properties'))) {
    const before = leftOut.length
    try {
      if (isOfDocument && isTrueAt(reader.follow(property), 'readOnly')) continue
      assertName(name, property)
      const { type, isReadOnly } = convert(property, parts, depth + 1)
      if (isOfDocument && isReadOnly) {
        leftOut.length = before
        continue
      }
      const isGiven = required.has(name) || type instanceof z.ZodDefault
      shape[name] = isGiven ? type : type.optional()
    } catch (error) {
      if (!isOfDocument || !mayLeaveOut(error) || required.has(name)) throw error
      leftOut.splice(before, Number.POSITIVE_INFINITY, error)
    } finally {
      required.delete(name)
    }
  }
  const [missing] = required
  if (missing === undefined) return shape
  throw new Inexpressible('untyped', place.pointer, 'A required property is not described.')
}

function namesIn(place: Place, reader: DocumentReader): Set<unknown> {
  return new Set(reader.items(reader.member(place, 'required')).map(({ value }) => value))
}

function assertName(name: string, { pointer }: Place): void {
  if (PROPERTY_NAME.test(name) && !(name in Object.prototype)) return
  throw new Inexpressible('name_unusable', pointer, 'A property has a name that providers refuse.')
}

/** Whether a part may be left out for this reason: not when the whole operation is beyond the bounds. */
export function mayLeaveOut(error: unknown): error is Inexpressible {
  return error instanceof Inexpressible && error.reason !== 'too_large'
}
