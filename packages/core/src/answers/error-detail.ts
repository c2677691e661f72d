import { shownReason } from '../http/api-reason.ts'
import { invalidOption, kindOf, type OptionCheck } from '../options/option-checks.ts'
import type { Scrubber } from '../scrub/secret-scrubber.ts'
import { parseNames, valueAt } from './data-path.ts'

/** A 4xx of an API, as `errorDetail` of a tool sees it. */
export interface ApiError {
  readonly status: number
  /** Content type, paging, rate limits and the request ID; nothing else. */
  readonly headers: Readonly<Record<string, string>>
  /** The body, if it is JSON. Untrusted; without secrets. */
  readonly data: unknown
  /** The reason that the model is given with `errorDetail: true`. */
  readonly detail: string | undefined
}

/** What a model is told of a 4xx: the API's reason, nothing, the text at a path of the body, or what a function returns. */
export type ErrorDetail = boolean | string | ((error: ApiError) => string | undefined)

/** Throws `ConfigError` for anything else. */
export const isErrorDetail: OptionCheck = (value, field) => {
  if (typeof value === 'boolean' || typeof value === 'function') return
  if (typeof value === 'string') parseNames(value, field)
  else {
    const problem = `must be true, false, a path such as error.message, or a function, not ${kindOf(value)}`
    throw invalidOption(field, problem)
  }
}

/** On one line of at most 300 characters, without secrets. What the program's function throws is thrown as it is. */
export function detailOf(
  rule: ErrorDetail,
  error: ApiError,
  { tool, scrubber }: { tool: string; scrubber: Scrubber | undefined },
): string | undefined {
  if (typeof rule === 'boolean') return rule ? error.detail : undefined
  const found: unknown =
    typeof rule === 'string'
      ? textOf(valueAt(error.data, parseNames(rule, 'errorDetail')))
      : rule(error)
  if (found === undefined) return undefined
  if (typeof found === 'string') {
    return shownReason(found, (text) => scrubber?.text(text) ?? { value: text, redacted: false })
  }
  // Of a promise, nobody else learns how it ends: a failure must not end the process.
  if (found instanceof Promise) found.catch(() => undefined)
  throw invalidOption(
    `\`errorDetail\` of the tool ${tool}`,
    `returned ${kindOf(found)}`,
    'Return a text, or undefined for none. It is not waited for.',
  )
}

/** APIs number their errors, too. */
function textOf(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined
}
