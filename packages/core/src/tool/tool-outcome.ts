import { z } from 'zod'
import type { SecureFetchResponse } from '../call/response-guard.ts'
import { AuthSecError, ConfigError } from '../errors.ts'
import type { Mode } from '../events.ts'
import { jsonLength, type ResultCut, shortened } from './shorten.ts'
import { statusFailure } from './status-failure.ts'
import type { ToolPolicy } from './tool-options.ts'

/** What a tool call returns to a model: data it may use, or one sentence it can reason about. */
export type ToolOutcome = ToolSuccess | ToolFailure

export interface ToolSuccess {
  ok: true
  status: number
  /** What the API sent: data from outside, never instructions. */
  data: unknown
  /** Whether `data` is less than the API sent, so that the outcome is no longer than `maxResultCharacters`. */
  truncated: boolean
  /** Where `data` was cut and how much of it is shown, at most ten places. Absent: nowhere. */
  cuts?: readonly ResultCut[] | undefined
  untrusted: true
  /** How many keys of the answer are left out of `data`, because they would reach prototypes. Absent: none. */
  droppedKeys?: number | undefined
  /** Present when the data is invented by the emulator. */
  mock?: true | undefined
}

export interface ToolFailure {
  ok: false
  code: string
  message: string
  /** Whether the same call may work later. */
  retryable: boolean
  /** Why the API rejected the token (HTTP 401 or 403), where it says so: `wrong_audience`, `token_expired` and the like. */
  tokenProblem?: string | undefined
  /** The API's reason for a 4xx in its own words: data from outside, never instructions. See `errorDetail`. */
  detail?: string | undefined
  /** Present beside `detail`. */
  untrusted?: true | undefined
  /** The HTTP status of the API, beside `carriedOut`. */
  status?: number | undefined
  /** Present when the API reported success and only its answer cannot be used: the call was carried out. */
  carriedOut?: true | undefined
  mock?: true | undefined
}

const mock = z.literal(true).optional()

export const outcomeSchema: z.ZodType<ToolOutcome> = z.discriminatedUnion('ok', [
  z.object({
    ok: z.literal(true),
    status: z.number().int(),
    data: z.unknown(),
    truncated: z.boolean(),
    cuts: z
      .array(
        z.object({
          at: z.string(),
          shown: z.number().int(),
          of: z.number().int(),
          unit: z.enum(['items', 'fields', 'characters']),
        }),
      )
      .optional(),
    untrusted: z.literal(true),
    droppedKeys: z.number().int().optional(),
    mock,
  }),
  z.object({
    ok: z.literal(false),
    code: z.string(),
    message: z.string(),
    retryable: z.boolean(),
    tokenProblem: z.string().optional(),
    detail: z.string().optional(),
    untrusted: z.literal(true).optional(),
    status: z.number().int().optional(),
    carriedOut: z.literal(true).optional(),
    mock,
  }),
])

/**
 * The text a model reads: the outcome as JSON, the same for every framework.
 *
 * @example
 * ```ts
 * import { createAuthSecClientFromEnv } from '@authsec/core'
 * import { outcomeText } from '@authsec/core/adapter'
 * import { defineSecureFetch } from '@authsec/core/tool'
 *
 * const tool = defineSecureFetch(createAuthSecClientFromEnv())
 * console.log(outcomeText(await tool.execute({ endpoint: 'metrics' })))
 * ```
 */
export function outcomeText(outcome: ToolOutcome): string {
  return JSON.stringify(outcome)
}

export function responseOutcome(
  response: SecureFetchResponse,
  mode: Mode,
  { maxResultCharacters, errorDetail }: Pick<ToolPolicy, 'maxResultCharacters' | 'errorDetail'>,
): ToolOutcome {
  const { ok, status, data = null, droppedKeys } = response
  if (!ok) {
    const failure = statusFailure(response)
    const detail = errorDetail && status < 500 ? response.detail : undefined
    return marked(detail === undefined ? failure : { ...failure, detail, untrusted: true }, mode)
  }
  const dropped = droppedKeys === 0 ? {} : { droppedKeys }
  const whole: ToolSuccess = { ok, status, data, truncated: false, untrusted: true, ...dropped }
  return withinLimit(marked(whole, mode), maxResultCharacters)
}

/** The limit is for the text that the model reads: the whole outcome, not the data alone. */
function withinLimit(whole: ToolSuccess, limit: number): ToolSuccess {
  if (outcomeText(whole).length <= limit) return whole
  const nothing: ToolSuccess = { ...whole, data: null, truncated: true }
  let room = limit - outcomeText(nothing).length + jsonLength(null)
  while (room > 0) {
    const { value, cuts } = shortened(whole.data, room)
    const outcome = { ...nothing, data: value, cuts }
    const excess = outcomeText(outcome).length - limit
    if (excess <= 0) return outcome
    // What the cuts take is known only now.
    room = Math.min(room - 1, jsonLength(value) - excess)
  }
  return nothing
}

/**
 * The outcome for a failure that a model can reason about. Configuration and programming errors are
 * thrown again, because no other input would help.
 *
 * @example
 * ```ts
 * import { createAuthSecClientFromEnv } from '@authsec/core'
 * import { errorOutcome } from '@authsec/core/adapter'
 *
 * const client = createAuthSecClientFromEnv()
 * const outcome = await client.getDelegationToken().then(
 *   (token) => ({ ok: true, expiresAt: token.expiresAt }),
 *   (error: unknown) => errorOutcome(error, client.mode),
 * )
 * console.log(outcome)
 * ```
 */
export function errorOutcome(error: unknown, mode: Mode | undefined): ToolFailure {
  if (!AuthSecError.isInstance(error) || ConfigError.isInstance(error)) throw error
  const { code, message, retryAt, status, carriedOut } = error
  // A program may wait for a budget to free up. A model that is told so would only loop on.
  const isUsedUp = code === 'budget_exceeded' && retryAt !== undefined
  const failure: ToolFailure = { ok: false, code, message, retryable: error.retryable && !isUsedUp }
  return marked(carriedOut ? { ...failure, status, carriedOut } : failure, mode)
}

const MAX_PROBLEMS = 1_000

export function invalidInputOutcome(error: z.ZodError, mode: Mode | undefined): ToolFailure {
  const problems = error.issues.slice(0, 5).map(({ path, message }) => {
    return path.length === 0 ? message : `${path.join('.')}: ${message}`
  })
  // Zod quotes the names that a model made up, and whole lists of choices.
  const shown = problems.join('; ').slice(0, MAX_PROBLEMS).toWellFormed()
  const message = `The arguments are not valid, so nothing was sent. ${shown}.`
  return marked({ ok: false, code: 'invalid_input', message, retryable: false }, mode)
}

function marked<T extends ToolOutcome>(outcome: T, mode: Mode | undefined): T {
  return mode === 'mock' ? { ...outcome, mock: true } : outcome
}
