import type { AnswerPlan } from '../answers/answer-options.ts'
import { detailOf } from '../answers/error-detail.ts'
import { type ReadAnswer, shownData } from '../answers/read-answer.ts'
import type { PagesRead } from '../answers/read-pages.ts'
import type { SecureFetchResponse } from '../call/response-guard.ts'
import { ApprovalError, AuthSecError, ConfigError } from '../errors.ts'
import type { Mode } from '../events.ts'
import type { StandardIssue } from '../operation/standard-schema.ts'
import type { PendingApproval } from '../pending.ts'
import type { ToolFailure, ToolOutcome, ToolSuccess } from './outcome.ts'
import { jsonLength, shortened } from './shorten.ts'
import { statusFailure } from './status-failure.ts'
import type { ToolPolicy } from './tool-options.ts'

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

interface OutcomeParts {
  readonly tool: string
  readonly mode: Mode
  readonly policy: Pick<ToolPolicy, 'maxResultCharacters' | 'errorDetail'>
  readonly signal?: AbortSignal | undefined
}

/** The outcome of an answer, made by the program's own functions where the tool has some. Throws what they throw. */
export async function answerOutcome(
  answer: ReadAnswer,
  plan: AnswerPlan | undefined,
  parts: OutcomeParts,
): Promise<ToolOutcome> {
  const { response, pages } = answer
  if (!response.ok || !plan) return responseOutcome(answer, parts)
  const data = await shownData(answer, plan, parts)
  const { ok, status } = response
  const whole = {
    ok,
    status,
    data,
    truncated: false,
    ...pagesFacts(pages),
    ...droppedIn(pages ?? response),
  }
  const { mode, policy } = parts
  const outcome = marked<ToolSuccess>({ ...whole, ok: true, untrusted: true }, mode)
  const isBytes = plan.kind === 'bytes' && !plan.transform
  return withinLimit(outcome, policy.maxResultCharacters, isBytes ? withoutBase64 : undefined)
}

export function responseOutcome(
  { response, scrubber }: Pick<ReadAnswer, 'response' | 'scrubber'>,
  { tool, mode, policy: { maxResultCharacters, errorDetail } }: OutcomeParts,
): ToolOutcome {
  const { ok, status, data = null } = response
  if (!ok) {
    const failure = statusFailure(response)
    const detail = status < 500 ? detailOf(errorDetail, response, { tool, scrubber }) : undefined
    return marked(detail === undefined ? failure : { ...failure, detail, untrusted: true }, mode)
  }
  const dropped = droppedIn(response)
  const whole: ToolSuccess = { ok, status, data, truncated: false, untrusted: true, ...dropped }
  const outcome = marked(whole, mode)
  if (longestText(response) <= maxResultCharacters) return outcome
  return withinLimit(outcome, maxResultCharacters)
}

function droppedIn({
  droppedKeys,
}: Pick<SecureFetchResponse, 'droppedKeys'>): Pick<ToolSuccess, 'droppedKeys'> {
  return droppedKeys === 0 ? {} : { droppedKeys }
}

function pagesFacts(
  pages: PagesRead | undefined,
): Partial<Pick<ToolSuccess, 'truncated' | 'hasMore' | 'pages'>> {
  if (!pages) return {}
  const { read, stopped, code } = pages
  const facts = { read, ...(stopped && { stopped }), ...(code !== undefined && { code }) }
  return stopped ? { truncated: true, hasMore: true, pages: facts } : { pages: facts }
}

/** A part of base64 stands for other bytes than the whole, so it is left out as a whole. */
function withoutBase64(whole: ToolSuccess): ToolSuccess {
  const { base64 = '', ...data }: { base64?: string } = Object(whole.data)
  const cut = { at: 'data.base64', shown: 0, of: base64.length, unit: 'characters' } as const
  return { ...whole, data, truncated: true, cuts: [cut] }
}

/** All of an outcome but its data takes fewer characters. */
const FRAME = 200
/** JSON that was parsed is written with no more than this many times its characters: `9e15` with 16 for 4. */
const WIDEST = 4

/** A bound for the text of the outcome. Most answers are within it, and need not be written to be measured. */
function longestText({ text }: SecureFetchResponse): number {
  return WIDEST * text.length + FRAME
}

/** The limit is for the text that the model reads: the whole outcome, not the data alone. */
function withinLimit(
  whole: ToolSuccess,
  limit: number,
  shorter?: (whole: ToolSuccess) => ToolSuccess,
): ToolSuccess {
  if (outcomeText(whole).length <= limit) return whole
  if (shorter) return withinLimit(shorter(whole), limit)
  const { cuts: _ofWhole, ...rest } = whole
  const nothing: ToolSuccess = { ...rest, data: null, truncated: true }
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
  if (carriedOut) return marked({ ...failure, status, carriedOut }, mode)
  if (!ApprovalError.isInstance(error) || !error.pending) return marked(failure, mode)
  const waiting = marked({ ...failure, approval: error.approval }, mode)
  pendings.set(waiting, error.pending)
  return waiting
}

/** The questions behind outcomes: the model reads the outcome, and must not have what collects the answer. */
const pendings = new WeakMap<object, PendingApproval>()

/**
 * The question that a call waits for, if its outcome is `approval_pending`: for `sealApproval` of the client.
 * Copies of an outcome have none.
 *
 * @example
 * ```ts
 * import { createAuthSecClientFromEnv } from '@authsec/core'
 * import { pendingOf } from '@authsec/core/adapter'
 * import { defineSecureFetch } from '@authsec/core/tool'
 *
 * const client = createAuthSecClientFromEnv()
 * const pending = pendingOf(await defineSecureFetch(client).execute({ endpoint: 'metrics' }))
 * console.log(pending && (await client.sealApproval(pending)))
 * ```
 */
export function pendingOf(outcome: ToolOutcome): PendingApproval | undefined {
  return pendings.get(outcome)
}

const MAX_PROBLEMS = 1_000

/** The error for arguments that do not fit the schema. */
export function invalidInput(issues: readonly StandardIssue[]): AuthSecError {
  const problems = issues.slice(0, 5).map(({ path = [], message }) => {
    const names = path.map((part) => String(typeof part === 'object' ? part.key : part))
    return names.length === 0 ? message : `${names.join('.')}: ${message}`
  })
  // Validators quote the names that a model made up, and whole lists of choices.
  const shown = problems.join('; ').slice(0, MAX_PROBLEMS).toWellFormed()
  return new AuthSecError({
    code: 'invalid_input',
    message: `The arguments are not valid, so nothing was sent. ${shown}.`,
    hint: 'Call the tool with arguments that its schema allows.',
  })
}

function marked<T extends ToolOutcome>(outcome: T, mode: Mode | undefined): T {
  return mode === 'mock' ? { ...outcome, mock: true } : outcome
}
