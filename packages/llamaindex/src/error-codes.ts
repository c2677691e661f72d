import type { ErrorCodeEntry } from '@authsec/core/error-codes'
import type { ReadProblemCode } from './reader/read-error.ts'
import { LOOK_AT_API, readHints } from './reader/read-hints.ts'

export type { ErrorCodeEntry, ReadProblemCode }

/**
 * What each code means that the reader adds to those of `@authsec/core`, why it happens and what to do
 * about it: the table of docs/errors.md.
 *
 * @example
 * ```ts
 * import { errorCodes } from '@authsec/llamaindex/error-codes'
 *
 * console.log(errorCodes.records_not_found.fix)
 * ```
 */
export const errorCodes: Readonly<Record<ReadProblemCode, ErrorCodeEntry>> = {
  http_error: {
    meaning: 'The API answered a page with an HTTP error status.',
    cause: 'The agent lacks a permission (401, 403), or the API refused the request or failed.',
    fix: `${LOOK_AT_API} With 401 or 403 ask its owner what permission this endpoint takes, and the AuthSec administrator to delegate it.`,
  },
  records_not_found: {
    meaning: 'The body holds no list of records, or more than one.',
    cause: 'The API wraps its records in another way than the reader expects.',
    fix: readHints.records_not_found,
  },
  record_unusable: {
    meaning: 'A record cannot become a document.',
    cause: 'The record is no object, has no text, or its permission cannot be read.',
    fix: readHints.record_unusable,
  },
  record_without_id: {
    meaning: 'A record has no usable ID.',
    cause: 'The field of the ID has another name, or is empty.',
    fix: readHints.record_without_id,
  },
  record_repeated: {
    meaning: 'A record has the ID of an earlier one.',
    cause: 'The field is not unique, or the list changed while it was read.',
    fix: readHints.record_repeated,
  },
  next_page_refused: {
    meaning: 'The next page that the API gives is not followed.',
    cause: 'The link leads out of the resource, or the cursor is not a short text or a number.',
    fix: 'Give the reader `baseUrl` if the API sends whole URLs, and set `next` of `pagination` to the field that holds the cursor.',
  },
  pagination_loop: {
    meaning: 'The next page that the API gives was read before.',
    cause: 'The API repeats a cursor or a link, or `pagination` has the wrong kind.',
    fix: readHints.pagination_loop,
  },
  pagination_unclear: {
    meaning: 'The body announces more records than it holds, and no next page.',
    cause: 'The API pages in a way that the reader does not recognise.',
    fix: readHints.pagination_unclear,
  },
  too_many_pages: {
    meaning: 'There are more pages than `maxPages`.',
    cause: 'The pages are small, or the list is longer than was planned.',
    fix: readHints.too_many_pages,
  },
  line_too_long: {
    meaning: 'A line of the stream is longer than 1 MiB.',
    cause: 'The API sends a whole list as one line.',
    fix: readHints.line_too_long,
  },
}
