import { checkOptions, invalidOption, type OptionCheck } from '../options/option-checks.ts'
import { isText, optionalNumber, optionalText } from '../options/option-values.ts'
import { type Query, RESERVED_QUERY } from '../policy/endpoint.ts'
import { parseNames } from './data-path.ts'

/** Where an answer names the page after it: a value in it, and the query parameter that the value is sent as. */
export interface CursorPagination {
  /** Path of the value: `meta.next_cursor`. Missing, null, false or empty: the last page. */
  readonly cursor: string
  /** The query parameter. The model has no parameter of this name. */
  readonly parameter: string
}

/** How a list that an API gives in pages becomes one. Each page is a guarded call of its own. */
export interface Pagination {
  /** `link`: the header `Link` with `rel="next"` (RFC 8288), to the same path. Or a cursor in the answer. */
  readonly next: 'link' | CursorPagination
  /** Path of the list in the answer: `data`. Default: the answer is the list. */
  readonly items?: string | undefined
  /** How many pages are read at most, 1 to 100. Default: 5. */
  readonly maxPages?: number | undefined
  /** How many items the model is given at most. Default: as many as the pages have. */
  readonly maxItems?: number | undefined
}

/** A pagination that was checked. */
export interface PageRules {
  readonly next: 'link' | CursorPagination
  readonly cursor: readonly string[]
  readonly items: readonly string[]
  readonly maxPages: number
  readonly maxItems: number
  readonly valuesOf: PageValues
}

/** What a rule of approval sees of a page with this query, of a call with these values. */
export type PageValues = (
  query: Query,
  given: Readonly<Record<string, unknown>>,
) => Readonly<Record<string, unknown>>

const isNext: OptionCheck = (value, field) => {
  if (value === 'link') return
  if (typeof value !== 'object') {
    throw invalidOption(field, "must be 'link', or an object with `cursor` and `parameter`")
  }
  const checks = { cursor: isText, parameter: isText }
  checkOptions<CursorPagination>(value, field, checks, `${field}.`)
  parseNames(value.cursor, `${field}.cursor`)
  if (!RESERVED_QUERY.includes(value.parameter.toLowerCase())) return
  throw invalidOption(`${field}.parameter`, 'is a name that is never sent in a query')
}

/** Throws `ConfigError` for a pagination that cannot work. */
export const isPagination: OptionCheck = (value, field) => {
  checkOptions<Pagination>(
    value,
    field,
    {
      next: isNext,
      items: optionalText,
      maxPages: optionalNumber({ least: 1, most: 100, integer: true, unit: 'pages' }),
      maxItems: optionalNumber({ least: 1, most: 100_000, integer: true, unit: 'items' }),
    },
    `${field}.`,
  )
  if (value.items !== undefined) parseNames(value.items, `${field}.items`)
}

export function pageRules(
  { next, items, maxPages = 5, maxItems }: Pagination,
  valuesOf: PageValues,
): PageRules {
  return {
    valuesOf,
    next,
    cursor: next === 'link' ? [] : parseNames(next.cursor, 'pagination.next.cursor'),
    items: items === undefined ? [] : parseNames(items, 'pagination.items'),
    maxPages,
    maxItems: maxItems ?? Number.POSITIVE_INFINITY,
  }
}
