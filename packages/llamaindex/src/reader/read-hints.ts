import type { ReadProblemCode } from './read-error.ts'

/** The remedy for an answer that cannot be used. */
export const LOOK_AT_API = 'Send the same request by hand to see what the API answers.'

/** The remedy of each code whose errors all have the same one. */
export const readHints = {
  records_not_found:
    'Set `records` to the field of the body that holds the records, or to a function of the body.',
  record_unusable:
    'Compare what the API sends with the options `records`, `text` and `recordPermission`.',
  record_without_id: 'Set `id` to the field that holds the ID, or to a function of the record.',
  record_repeated:
    'Set `id` to a unique field. If the list changed while it was read, read it again, or page by cursor.',
  pagination_loop: 'Check how the API gives its next page, and set `pagination` accordingly.',
  pagination_unclear:
    "Set `pagination` to { by: 'cursor' } or { by: 'page' }, or to { by: 'none' } if there is only one page.",
  too_many_pages: 'Ask for larger pages with `query`, or raise `maxPages`.',
  line_too_long: 'Each line must be one record. Read a long list in pages.',
} as const satisfies Partial<Record<ReadProblemCode, string>>
