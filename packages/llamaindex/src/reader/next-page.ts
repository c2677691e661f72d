import { nextLink, resolveLink } from './link-header.ts'
import type { CursorPagination, Pagination, Position } from './position.ts'
import { problem } from './read-error.ts'
import { readHints } from './read-hints.ts'
import type { ReadPlan } from './read-plan.ts'
import { isRecord, shortText, valueAt } from './record-list.ts'

export interface Arrived {
  readonly body: unknown
  readonly headers: Readonly<Record<string, string>>
  /** Records on the page. */
  readonly count: number
}

export function firstPosition({ pagination, endpoint, query = {} }: ReadPlan): Position {
  if (pagination.by !== 'page') return { endpoint, query, isFirst: true }
  return { endpoint, query: { ...query, [pagination.param ?? 'page']: pagination.first ?? 1 } }
}

/** The position after a page that may have failed. It is known only when pages are numbered. */
export function positionAfter(pagination: Pagination, here: Position): Position | undefined {
  if (pagination.by !== 'page') return undefined
  const param = pagination.param ?? 'page'
  return { ...here, query: { ...here.query, [param]: Number(here.query[param]) + 1 } }
}

/** The position of the next page, as the API gives it and after checks; undefined at the last page. */
export function nextPosition(
  pagination: Pagination,
  here: Position,
  arrived: Arrived,
  baseUrl: URL | undefined,
): Position | undefined {
  if (pagination.by === 'none') return undefined
  if (pagination.by === 'page') {
    return arrived.count === 0 ? undefined : positionAfter(pagination, here)
  }
  if (pagination.by === 'cursor') {
    const cursor = cursorOf(pagination, arrived.body)
    const query = { ...here.query, [pagination.param ?? 'cursor']: cursor }
    return cursor === undefined ? undefined : { ...here, query }
  }
  const target = nextLink(arrived.headers['link'])
  if (target !== undefined) return resolveLink(target, here.endpoint, baseUrl)
  assertLast(arrived, here.isFirst === true)
  return undefined
}

function cursorOf({ next = 'next_cursor' }: CursorPagination, body: unknown): string | undefined {
  const cursor = valueAt(next, body)
  if (cursor === undefined || cursor === null || cursor === '' || cursor === false) return undefined
  const text = shortText(cursor)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  if (text !== undefined && !/[\u0000-\u001f\u007f]/.test(text)) return text
  throw problem(
    'next_page_refused',
    'The cursor in the body is not a short text or a number.',
    'Set `next` of `pagination` to the field that holds the cursor.',
  )
}

const MORE = /^(next_?(page)?_?(cursor|token|key|link|url|offset)?|(has_?)?(more|next)(_?page)?)$/i
const TOTAL = /^(total|total_?(count|records|items|results))$/i

/** Refuses a page without a `Link` whose body announces more records: the index would silently be incomplete. */
function assertLast({ body, headers, count }: Arrived, isOnly: boolean): void {
  const fields = [...fieldsOf(body), ['total', Number(headers['x-total-count'])] as const]
  const announcesMore = fields.some(([name, value]) => MORE.test(name) && Boolean(value))
  const total = fields.find(([name]) => isOnly && TOTAL.test(name))?.[1]
  if (!announcesMore && !(typeof total === 'number' && total > count)) return
  throw problem(
    'pagination_unclear',
    'The body announces more records than it holds, and there is no Link header to a next page.',
    readHints.pagination_unclear,
  )
}

/** The fields of a body and of the objects in it, such as `meta` and `links`. Lists are left out: they hold records. */
function fieldsOf(body: unknown): [name: string, value: unknown][] {
  if (!isRecord(body)) return []
  const own = Object.entries(body).filter(([, value]) => !Array.isArray(value))
  const inner = own.flatMap(([, value]) => (isRecord(value) ? Object.entries(value) : []))
  return [...own.filter(([, value]) => !isRecord(value)), ...inner]
}
