import { z } from 'zod'
import type { PageStop } from '../answers/read-pages.ts'
import type { ApprovalView } from '../pending.ts'
import type { ResultCut } from './shorten.ts'

/** What a tool call returns to a model: data it may use, or one sentence it can reason about. */
export type ToolOutcome = ToolSuccess | ToolFailure

export interface ToolSuccess {
  ok: true
  status: number
  /** What the API sent: data from outside, never instructions. */
  data: unknown
  /** Whether `data` is less than the API has: cut to `maxResultCharacters`, or with pages that were not read. */
  truncated: boolean
  /** Where `data` was cut and how much of it is shown, at most ten places. Absent: nowhere. */
  cuts?: readonly ResultCut[] | undefined
  /** Present when the API has further pages, or items of them, that `data` does not have. */
  hasMore?: true | undefined
  /** Of an operation with `pagination`: how many pages `data` is from, and why no further one was read. */
  pages?: ResultPages | undefined
  untrusted: true
  /** How many keys of the answer are left out of `data`, because they would reach prototypes. Absent: none. */
  droppedKeys?: number | undefined
  /** Present when the data is invented by the emulator. */
  mock?: true | undefined
}

/** How far the pages of a list were read. */
export interface ResultPages {
  readonly read: number
  /**
   * Why no further page was read: a limit of the operation; a page that failed, see `code`; a person who would have to
   * be asked; or a next page that leads elsewhere, or back. Absent: there is none.
   */
  readonly stopped?: PageStop | undefined
  /** The code of the page that failed. */
  readonly code?: string | undefined
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
  /** With `approval_pending`: what may be shown of the question. */
  approval?: ApprovalView | undefined
  mock?: true | undefined
}

const mock = z.literal(true).optional()

const approvalSchema = z.object({
  code: z.string(),
  message: z.string(),
  approver: z.string(),
  expiresAt: z.string(),
  status: z.enum(['pending', 'approved', 'denied', 'expired', 'cancelled', 'failed']),
  intervalSeconds: z.number(),
  risk: z.object({ score: z.number(), level: z.string() }).optional(),
})

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
    hasMore: z.literal(true).optional(),
    pages: z
      .object({
        read: z.number().int(),
        stopped: z
          .enum([
            'max_pages',
            'max_items',
            'max_characters',
            'page_failed',
            'approval_required',
            'next_refused',
            'next_repeated',
          ])
          .optional(),
        code: z.string().optional(),
      })
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
    approval: approvalSchema.optional(),
    mock,
  }),
])
