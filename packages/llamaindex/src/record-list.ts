import { problem } from './read-error.ts'
import type { ReadPlan } from './read-options.ts'

/** The records of a body: the body itself, its only list, or what `records` points at. */
export function recordsOf(body: unknown, { records }: ReadPlan): readonly unknown[] {
  const found = typeof records === 'function' ? records(body) : listIn(body, records)
  if (Array.isArray(found)) return found
  throw problem(
    'records_not_found',
    'The body holds no list of records, or more than one.',
    'Say where the records are with `records`: a field of the body, or a function of it.',
  )
}

function listIn(body: unknown, field: string | undefined): unknown {
  if (field !== undefined) return fieldOf(body, field)
  if (Array.isArray(body) || typeof body !== 'object' || body === null) return body
  const lists = Object.values(body).filter(Array.isArray)
  return lists.length === 1 ? lists[0] : undefined
}

export function fieldOf(value: unknown, name: string): unknown {
  const isObject = typeof value === 'object' && value !== null
  return isObject && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined
}
