import { ApprovalError } from '@authsec/core'
import type { ToolOutcome } from '@authsec/core/tool'
import type { Agent } from './agent.ts'

/**
 * The steps of a call that waits for a person, for any durable engine. Each may run twice, because a worker may die
 * before the engine has its result: `ask` then finds the open question in the store, and `execute` finds that the
 * approval is claimed. What a step returns is stored by the engine, where others may read it: only sealed texts.
 */

/** Who the call is for: the same in each worker that carries on the run, and nowhere else. */
export interface CallOf {
  readonly thread: string
  readonly user: string
}

export interface Question {
  readonly sealed: string
  readonly waitSeconds: number
}

export type Answer =
  | { readonly status: 'pending'; readonly waitSeconds: number }
  | { readonly status: 'approved'; readonly sealed: string }
  | { readonly status: 'expired' }

/** The step must not be repeated: map it to the error that the engine does not retry. Any other error may pass. */
export class FinalError extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(`${code}: ${message}`)
    this.code = code
  }
}

/** Plans the call and asks the person. */
export async function ask(
  { client, tool }: Agent,
  input: unknown,
  call: CallOf,
): Promise<Question> {
  const question = await tool.ask(input, call)
  if (question.status === 'refused') {
    const { code, message, retryable } = question.outcome
    throw retryable ? new Error(message) : new FinalError(code, message)
  }
  if (question.status !== 'asked') throw new FinalError('no_approval', 'The tool has no rule.')
  const { pending } = question
  return { sealed: await client.sealApproval(pending), waitSeconds: pending.intervalSeconds }
}

/** Asks AuthSec once. */
export async function poll({ client }: Agent, sealed: string): Promise<Answer> {
  try {
    const answer = await client.pollApproval(sealed)
    if (answer.status === 'approved') {
      return { status: 'approved', sealed: await client.sealApproval(answer.approval) }
    }
    return { status: 'pending', waitSeconds: answer.pending.intervalSeconds }
  } catch (error) {
    if (!ApprovalError.isInstance(error) || UNANSWERED.includes(error.code)) throw error
    // Nothing is executed before an approval is stored, so the person may be asked again.
    if (error.code === 'approval_expired') return { status: 'expired' }
    throw new FinalError(error.code, error.message)
  }
}

/** The poll failed, and the question is still open. */
const UNANSWERED: readonly string[] = ['approval_failed', 'approval_outcome_unknown']

/** Plans the call anew, compares it with what was approved, claims the approval and sends the call. */
export async function execute(
  { tool }: Agent,
  input: unknown,
  call: CallOf & { readonly approved: string },
): Promise<ToolOutcome> {
  const outcome = await tool.execute(input, call)
  if (outcome.ok || !outcome.code.startsWith('approval_')) return outcome
  const { code, message } = outcome
  throw new FinalError(code, UNCERTAIN.includes(code) ? MAY_BE_SENT : message)
}

/** A worker may have died between the claim and the end of the step. */
const UNCERTAIN = ['approval_used', 'approval_expired', 'approval_not_claimed']
const MAY_BE_SENT =
  'An earlier attempt may have sent the call. Look at the API before you ask again.'
