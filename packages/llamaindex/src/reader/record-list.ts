import { problem } from './read-error.ts'
import { readHints } from './read-hints.ts'
import type { JsonRecord } from './read-options.ts'
import type { ReadPlan } from './read-plan.ts'

/** The records of a body: the body itself, its only list, or the list that `records` names. */
export function recordsOf(body: unknown, { records }: ReadPlan): readonly unknown[] {
  const found = typeof records === 'function' ? records(body) : listIn(body, records)
  if (Array.isArray(found)) return found
  throw problem(
    'records_not_found',
    'The body holds no list of records, or more than one.',
    readHints.records_not_found,
  )
}

function listIn(body: unknown, field: string | undefined): unknown {
  if (field !== undefined) return fieldOf(body, field)
  if (!isRecord(body)) return body
  const lists = Object.values(body).filter(Array.isArray)
  return lists.length === 1 ? lists[0] : undefined
}

export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function fieldOf(value: unknown, name: string): unknown {
  const isObject = typeof value === 'object' && value !== null
  return isObject && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined
}

/** The value that an option names: a field, or the result of a function. */
export function valueAt<Value>(place: string | ((value: Value) => unknown), value: Value): unknown {
  return typeof place === 'function' ? place(value) : fieldOf(value, place)
}

/** A text, or a number as text, that is short enough for an ID or a query; otherwise undefined. */
export function shortText(value: unknown): string | undefined {
  const text = typeof value === 'number' ? String(value) : value
  return typeof text === 'string' && text.length <= 1024 ? text : undefined
}
