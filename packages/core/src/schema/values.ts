import { type DocumentReader, isObject, type Place } from './place.ts'

/** The values that a schema lists: `enum`, `const`, or alternatives that are all constants. */
export function listedValues(place: Place, reader: DocumentReader): readonly unknown[] | undefined {
  const constant = reader.member(place, 'const')
  if (constant) return [constant.value]
  const list = reader.member(place, 'enum')
  if (list) return Array.isArray(list.value) ? list.value : undefined
  const keyword = alternativesOf(place, reader)
  return keyword && constantsOf(reader.items(reader.member(place, keyword)), reader)
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
    found.push(...values)
  }
  return found.some((value) => value !== null) ? found : undefined
}
