import { type DocumentReader, isObject, type Place } from './place.ts'

/**
 * Whether two values of a document are equal. What is compared counts as looked at: a small document can lead to the
 * same large value again and again, and aliases of YAML make a graph that doubles at each level.
 */
export function isSameValue(
  one: unknown,
  other: unknown,
  place: Place,
  reader: DocumentReader,
): boolean {
  if (Object.is(one, other)) return true
  if (Array.isArray(one)) {
    if (!Array.isArray(other) || one.length !== other.length) return false
    reader.count(place, 1 + one.length)
    return one.every((item, index) => isSameValue(item, other[index], place, reader))
  }
  if (!isObject(one) || !isObject(other)) return false
  if (!isPlain(one) || !isPlain(other)) return isSameDate(one, other)
  const names = Object.keys(one)
  reader.count(place, 1 + names.length)
  if (names.length !== Object.keys(other).length) return false
  return names.every((name) => {
    return Object.hasOwn(other, name) && isSameValue(one[name], other[name], place, reader)
  })
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}

/** The one class whose values a parser of YAML makes. */
function isSameDate(one: object, other: object): boolean {
  return one instanceof Date && other instanceof Date && one.getTime() === other.getTime()
}
