import { Inexpressible } from './inexpressible.ts'
import { type DocumentReader, isObject, type Place } from './place.ts'

/** Values that are read of one list, to be narrowed by another. */
const MAX_READ = 10_000
/** Characters that a value takes at least, with what stands around it. */
const LEAST = 4

/** The values that a schema lists: `enum`, `const`, or alternatives that are all constants. */
export function listedValues(place: Place, reader: DocumentReader): readonly unknown[] | undefined {
  const constant = reader.member(place, 'const')
  if (constant) return [constant.value]
  const list = reader.member(place, 'enum')
  if (list) return valuesOf(list, reader)
  const keyword = alternativesOf(place, reader)
  return keyword && constantsOf(reader.items(reader.member(place, keyword)), reader)
}

function valuesOf(list: Place, reader: DocumentReader): readonly unknown[] | undefined {
  if (!Array.isArray(list.value)) return undefined
  if (list.value.length > MAX_READ) {
    throw new Inexpressible('unsupported_schema', list.pointer, 'An enumeration is too long.')
  }
  reader.list(list, list.value.length * LEAST)
  return list.value
}

/** The keyword of alternatives that a schema has. */
export function alternativesOf(
  place: Place,
  reader: DocumentReader,
): 'oneOf' | 'anyOf' | undefined {
  return (['oneOf', 'anyOf'] as const).find((name) => reader.member(place, name))
}

export function saysNull({ value }: Place): boolean {
  return isObject(value) && value['type'] === 'null'
}

function constantsOf(places: readonly Place[], reader: DocumentReader): unknown[] | undefined {
  const found: unknown[] = []
  for (const given of places) {
    const place = reader.follow(given)
    const values = saysNull(place) ? [null] : listedValues(place, reader)
    if (!values) return undefined
    reader.list(place, values.length)
    // One by one: a list may be longer than a call has arguments.
    for (const value of values) found.push(value)
  }
  return found.some((value) => value !== null) ? found : undefined
}
