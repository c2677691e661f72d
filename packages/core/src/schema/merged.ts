import { Inexpressible } from './inexpressible.ts'
import { type DocumentReader, isObject, type Place, textAt } from './place.ts'
import { PARAMETER_TEXT } from './readable-text.ts'
import { isSameValue } from './same-value.ts'
import { listedValues } from './values.ts'

/** A schema in one piece, and the first description on the way to it. */
export interface SchemaInOne {
  readonly place: Place
  readonly description: string
}

const MAX_PARTS = 32

/** Keywords that say nothing about values. */
const ANNOTATIONS = [
  ...['title', 'description', 'summary', 'default', 'example', 'examples', 'deprecated'],
  ...['externalDocs', 'xml', '$comment', 'nullable', 'readOnly', 'writeOnly', 'discriminator'],
  ...['$schema', '$defs', 'definitions', 'format', 'contentEncoding', 'contentMediaType'],
]

/** A schema behind its references, with `allOf` merged into it. */
export function schemaInOne(
  given: Place,
  reader: DocumentReader,
  length = PARAMETER_TEXT,
): SchemaInOne {
  const place = reader.follow(given)
  const description =
    reader.texts.of(textAt(given, 'description'), length) ||
    reader.texts.of(textAt(place, 'description'), length)
  const merged = merge(place, reader)
  if (merged === place) return { place, description }
  const inner = reader.texts.of(textAt(merged, 'description'), length)
  return { place: merged, description: description || inner }
}

/** The schemas of `allOf` at all depths, of which only one, or only objects, may say something. */
function merge(place: Place, reader: DocumentReader): Place {
  if (!reader.member(place, 'allOf')) return place
  const all = flattened(place, reader)
  const telling = all.filter(({ value }) => isTelling(value))
  const [first] = telling
  if (!first) return place
  const marks = annotationsOf(all)
  if (telling.length === 1) return { ...first, value: { ...marks, ...Object(first.value) } }
  const values = commonValues(telling, reader)
  if (values) return { ...place, value: { ...marks, enum: values } }
  if (!telling.every(({ value }) => isObjectSchema(value))) {
    const at = `${place.pointer}/allOf`
    throw new Inexpressible('unsupported_schema', at, 'The parts of allOf are not all objects.')
  }
  return { ...place, value: { ...marks, ...mergedObjects(telling, place, reader) } }
}

function flattened(place: Place, reader: DocumentReader, found: Place[] = []): Place[] {
  if (found.length >= MAX_PARTS) {
    throw new Inexpressible('too_large', place.pointer, `More than ${MAX_PARTS} schemas in allOf.`)
  }
  reader.keywords(place)
  const { allOf: _parts, ...own } = isObject(place.value) ? place.value : {}
  found.push({ ...place, value: own })
  for (const part of reader.items(reader.member(place, 'allOf'))) {
    flattened(reader.follow(part), reader, found)
  }
  return found
}

function isTelling(value: unknown): boolean {
  return isObject(value) && Object.keys(value).some((name) => !isAnnotation(name))
}

function isAnnotation(name: string): boolean {
  return ANNOTATIONS.includes(name) || name.startsWith('x-')
}

const OF_OBJECTS = [
  'type',
  'properties',
  'required',
  'additionalProperties',
  'minProperties',
  'maxProperties',
]

function isObjectSchema(value: unknown): boolean {
  if (!isObject(value) || (value['type'] !== undefined && value['type'] !== 'object')) return false
  return Object.keys(value).every((name) => OF_OBJECTS.includes(name) || isAnnotation(name))
}

const OF_VALUES = ['type', 'enum', 'const', 'oneOf', 'anyOf']

/** The values that all parts list, where each part is a list of values. */
function commonValues(
  places: readonly Place[],
  reader: DocumentReader,
): readonly unknown[] | undefined {
  const isOfValues = places.every(({ value }) => {
    return (
      isObject(value) &&
      Object.keys(value).every((name) => isAnnotation(name) || OF_VALUES.includes(name))
    )
  })
  if (!isOfValues) return undefined
  const lists = places.map((place) => listedValues(place, reader))
  const [first, ...others] = lists.filter((list) => list !== undefined)
  if (!first || others.length + 1 < places.length) return undefined
  const sets = others.map((list) => new Set(list))
  return first.filter((value) => sets.every((set) => set.has(value)))
}

function annotationsOf(places: readonly Place[]): Record<string, unknown> {
  const marks: Record<string, unknown> = {}
  for (const { value } of places) {
    if (!isObject(value)) continue
    for (const name of ['description', 'default', 'nullable', 'readOnly']) {
      if (Object.hasOwn(value, name)) marks[name] ??= value[name]
    }
  }
  return marks
}

function mergedObjects(
  places: readonly Place[],
  { pointer }: Place,
  reader: DocumentReader,
): Record<string, unknown> {
  const properties: Record<string, unknown> = Object.create(null)
  const members = new Map<string, Place>()
  const required = new Set<unknown>()
  for (const part of places) {
    const isOther = (name: string, value: unknown): boolean =>
      Object.hasOwn(properties, name) && !isSameValue(properties[name], value, part, reader)
    for (const [name, property] of reader.members(reader.member(part, 'properties'))) {
      if (isOther(name, property.value)) {
        const at = `${pointer}/allOf`
        throw new Inexpressible('unsupported_schema', at, 'allOf describes a property twice.')
      }
      properties[name] = property.value
      members.set(name, property)
    }
    for (const { value } of reader.items(reader.member(part, 'required'))) required.add(value)
  }
  reader.locate(properties, members)
  return { type: 'object', properties, required: [...required] }
}
