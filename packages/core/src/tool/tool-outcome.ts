import type { z } from 'zod'
import type { SecureFetchResponse } from '../call/response-guard.ts'
import { ApprovalError, AuthSecError, ConfigError } from '../errors.ts'
import type { Mode } from '../events.ts'
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
  const outcome = marked(whole, mode)
  if (longestText(response) <= maxResultCharacters) return outcome
  return withinLimit(outcome, maxResultCharacters)
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
export function invalidInput(error: z.ZodError): AuthSecError {
  const problems = error.issues.slice(0, 5).map(({ path, message }) => {
    return path.length === 0 ? message : `${path.join('.')}: ${message}`
  })
  // Zod quotes the names that a model made up, and whole lists of choices.
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
