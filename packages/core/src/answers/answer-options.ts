import type { AnswerForm } from '../call/response-guard.ts'
import { invalidOption, type OptionCheck, type OptionChecks } from '../options/option-checks.ts'
import {
  optional,
  optionalChoice,
  optionalFunction,
  optionalNumber,
  required,
} from '../options/option-values.ts'
import { readBytes } from './bytes-answer.ts'
import { readCsv } from './csv-answer.ts'
import {
  isPagination,
  type PageRules,
  type PageValues,
  type Pagination,
  pageRules,
} from './pagination.ts'
import { type Selection, selectionOf } from './select.ts'
import { readText } from './text-answer.ts'
import type { Transform } from './transform.ts'

/** What becomes of the answer of an operation. A model chooses none of it. */
export interface AnswerOptions {
  /**
   * What the API answers with: an answer of another content type fails (`unexpected_content_type`). `text`: any textual
   * type but HTML, in UTF-8 or a declared common encoding. `csv`: `text/csv` (RFC 4180) with a header row; `data` is a list of
   * objects of texts. `bytes`: anything; `data` is `{ contentType, size, base64 }`. Default: `json`.
   */
  readonly answer?: 'json' | 'text' | 'csv' | 'bytes' | undefined
  /** Largest body, in bytes after decoding. Default, and at most: `maxResponseBytes` of the resource. */
  readonly maxAnswerBytes?: number | undefined
  /** What stands between the values of CSV. Default: a comma. */
  readonly delimiter?: ',' | ';' | '\t' | '|' | undefined
  /**
   * The parts of `data` that the model sees, as paths: `id`, `owner.name`, `items[].id`, `[].id`. The shape stays, and
   * parts that are missing are left out. Default: all.
   */
  readonly select?: readonly string[] | undefined
  /**
   * Makes what the model sees of what `select` left, within 30 s. For `bytes` it gets a `Uint8Array`. The result must be
   * JSON, else the call throws a `ConfigError`; what the function throws is thrown as it is. Default: none.
   */
  readonly transform?: Transform | undefined
  /** Reads a list that the API gives in pages. For GET without an `approval`. Default: one answer. */
  readonly pagination?: Pagination | undefined
}

const isSelection: OptionCheck = (value, field) => {
  const isPaths = (paths: unknown): boolean =>
    Array.isArray(paths) && paths.length > 0 && paths.length <= 100
  required(isPaths, 'a list of 1 to 100 paths')(value, field)
  if (Array.isArray(value)) selectionOf(value, field)
}

/** For `operationChecks`. */
export const answerChecks: OptionChecks<AnswerOptions> = {
  answer: optionalChoice('json', 'text', 'csv', 'bytes'),
  maxAnswerBytes: optionalNumber({ least: 1, most: 2_147_483_647, unit: 'bytes', integer: true }),
  delimiter: optionalChoice(',', ';', '\t', '|'),
  select: optional(isSelection),
  transform: optionalFunction,
  pagination: optional(isPagination),
}

/** What is done with the answers of an operation, ready for its calls. */
export interface AnswerPlan {
  readonly kind: 'json' | 'text' | 'csv' | 'bytes'
  readonly form: AnswerForm
  readonly select: Selection | undefined
  readonly transform: Transform | undefined
  readonly pages: PageRules | undefined
}

const ACCEPTED = {
  json: undefined,
  text: 'text/plain, text/*;q=0.9, */*;q=0.5',
  csv: 'text/csv',
  bytes: '*/*',
}

/** `undefined` where answers are JSON, and shown as they are. Throws `ConfigError` for options that exclude each other. */
export function answerPlan(
  options: AnswerOptions & { readonly name: string; readonly approval?: unknown },
  { method, query, valuesOf }: { method: string; query: readonly string[]; valuesOf: PageValues },
): AnswerPlan | undefined {
  assertTogether(options, method, query)
  const { answer: kind = 'json', maxAnswerBytes, delimiter = ',' } = options
  const { select, transform, pagination } = options
  const isPlain = kind === 'json' && maxAnswerBytes === undefined
  if (isPlain && !select && !transform && !pagination) return undefined
  const readers: Record<AnswerPlan['kind'], AnswerForm['read']> = {
    json: undefined,
    text: readText,
    csv: (response, scrubber) => readCsv(response, scrubber, delimiter),
    bytes: readBytes,
  }
  return Object.freeze({
    kind,
    form: { accept: ACCEPTED[kind], maxBytes: maxAnswerBytes, read: readers[kind] },
    select: select && selectionOf(select, 'select'),
    transform,
    pages: pagination && pageRules(pagination, valuesOf),
  })
}

function assertTogether(
  {
    name,
    approval,
    answer = 'json',
    delimiter,
    select,
    pagination,
  }: Parameters<typeof answerPlan>[0],
  method: string,
  query: readonly string[],
): void {
  const exclude = (option: string, problem: string, hint?: string): never => {
    throw invalidOption(`\`${option}\` of the operation ${name}`, problem, hint)
  }
  const isData = answer === 'json' || answer === 'csv'
  if (delimiter !== undefined && answer !== 'csv') exclude('delimiter', "is for `answer: 'csv'`")
  if (select && !isData) exclude('select', `has nothing to select in ${answer}`)
  if (!pagination) return
  if (method !== 'GET') exclude('pagination', 'is for GET')
  if (!isData) exclude('pagination', `has no pages in ${answer}`)
  if (approval !== undefined) {
    const hint = 'An approval is for one request: leave out one of the two.'
    exclude('pagination', 'cannot be used together with `approval`', hint)
  }
  if (select?.some((path) => !path.startsWith('[]'))) {
    exclude('select', 'is about the list of all pages', 'Begin each path with [], as in [].id.')
  }
  const { next, items } = pagination
  if (answer === 'csv' && items !== undefined) exclude('pagination.items', 'leads nowhere in CSV')
  if (next === 'link') return
  if (answer === 'csv') exclude('pagination', 'has no cursor in CSV', "Use `next: 'link'`.")
  if (query.includes(next.parameter)) {
    exclude('pagination.next.parameter', 'is a parameter of the model', 'Remove it from `params`.')
  }
}
