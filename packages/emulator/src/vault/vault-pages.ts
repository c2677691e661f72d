import type { Context } from 'hono'
import { decodeBase64, encodeBase64url } from '../support/encoded-text.ts'
import type { VaultRecord } from './vault-record.ts'

const MAX_LIMIT = 1000

/**
 * Returns one page of a list, for `?limit=20&cursor=…`. The response names the next page both in
 * `next_cursor` and in a `Link` header (RFC 8288), so that clients of either kind can follow it.
 */
export function pageOf(c: Context, all: readonly VaultRecord[]): Response {
  const limit = Number(c.req.query('limit'))
  const after = decodeCursor(c.req.query('cursor'))
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) {
    return c.json({ error: 'invalid_limit' }, 400)
  }
  const start = after === '' ? 0 : all.findIndex(({ id }) => id === after) + 1
  if (after === undefined || (after !== '' && start === 0)) {
    return c.json({ error: 'invalid_cursor' }, 400)
  }
  const records = all.slice(start, start + limit)
  const last = records.at(-1)
  if (!last || start + limit >= all.length) {
    return c.json({ records, total: all.length, next_cursor: null })
  }
  const cursor = encodeCursor(last.id)
  const next = new URL(c.req.url)
  next.searchParams.set('cursor', cursor)
  // A path without an origin, so that the header is the same over HTTP and in process.
  c.header('link', `<${next.pathname}${next.search}>; rel="next"`)
  return c.json({ records, total: all.length, next_cursor: cursor })
}

function encodeCursor(id: string): string {
  return encodeBase64url(`after:${id}`)
}

/** The ID in a cursor. Empty without a cursor, `undefined` for a cursor in another form. */
function decodeCursor(cursor: string | undefined): string | undefined {
  if (cursor === undefined) return ''
  return /^after:(.+)$/.exec(decodeBase64(cursor))?.[1]
}
