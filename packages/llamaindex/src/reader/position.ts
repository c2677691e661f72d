import type { Query } from '@authsec/core/adapter'

/**
 * How the next page is found. `link`: the `Link` header. `cursor`: a value in the body, sent back as
 * a parameter. `page`: numbers, until a page is empty. `none`: there is one page only.
 */
export type Pagination =
  | { by: 'link' }
  | CursorPagination
  | {
      by: 'page'
      /** Default: `page`. */
      param?: string
      /** Default: 1. */
      first?: number
    }
  | { by: 'none' }

export interface CursorPagination {
  by: 'cursor'
  /** The query parameter. Default: `cursor`. */
  param?: string
  /** The field of the body, or a function of the body; empty at the last page. Default: `next_cursor`. */
  next?: string | ((body: unknown) => unknown)
}

/** The request for a page. It is complete, so that a page which was read before is recognised. */
export interface Position {
  readonly endpoint: string
  readonly query: Query
  readonly isFirst?: boolean
}
