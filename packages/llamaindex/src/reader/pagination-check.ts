import {
  checkOptions,
  type OptionCheck,
  optional,
  optionalNumber,
  optionalObject,
  optionalText,
  required,
  uncheckedHere,
} from '@authsec/core/adapter'
import type { CursorPagination, Pagination } from './position.ts'

type PagePagination = Extract<Pagination, { by: 'page' }>
type LonePagination = Extract<Pagination, { by: 'link' | 'none' }>

const KINDS: readonly unknown[] = ['link', 'cursor', 'page', 'none'] satisfies Pagination['by'][]
const isKind = required((kind) => KINDS.includes(kind), "'link', 'cursor', 'page' or 'none'")

/** The name of a field, or a function that finds the value. */
export const isPlace: OptionCheck = required(
  (value) => typeof value === 'function' || (typeof value === 'string' && value.trim() !== ''),
  'the name of a field, or a function',
)

/** Throws `ConfigError` for a pagination that cannot work. Each kind has options of its own. */
export const checkPagination: OptionCheck = (value, field) => {
  optionalObject(value, field)
  const kind: unknown = Reflect.get(Object(value), 'by')
  isKind(kind, `${field}.by`)
  const what = `${field} by ${String(kind)}`
  const prefix = `${field}.`
  if (kind === 'cursor') {
    const checks = { by: uncheckedHere, param: optionalText, next: optional(isPlace) }
    checkOptions<CursorPagination>(value, what, checks, prefix)
  } else if (kind === 'page') {
    const first = optionalNumber({ least: 0, most: Number.MAX_SAFE_INTEGER, integer: true })
    const checks = { by: uncheckedHere, param: optionalText, first }
    checkOptions<PagePagination>(value, what, checks, prefix)
  } else {
    checkOptions<LonePagination>(value, what, { by: uncheckedHere }, prefix)
  }
}
