import type { ApprovalView } from '@authsec/core'
import {
  checkOptions,
  optionalSignal,
  outcomeText,
  type RequiredApproval,
} from '@authsec/core/adapter'
import type { RunState } from '@openai/agents-core'
import { answerTo, keepCollected, rememberAnswer } from './collected-approvals.ts'
import { type InterruptedRun, pausedCall, waitsForProgram } from './interruptions.ts'
import { type Answer, ask, collect, type PausedCall } from './paused-call.ts'
import { nameRun, runNameOf } from './run-names.ts'
import {
  forget,
  forgetOthers,
  type KeepsResults,
  store,
  storedFor,
  storedRun,
} from './stored-approvals.ts'

/** The state of a run, as far as approvals are in it: `result.state`, or what `RunState.fromString` returns. */
export interface PausedRun
  extends KeepsResults,
    InterruptedRun,
    Pick<RunState<unknown, never>, 'getInterruptions' | 'approve' | 'reject'> {}

export interface SettleOptions {
  /** Ends the asking and polling. Questions that were asked stay open. */
  readonly signal?: AbortSignal | undefined
}

/** A call that a person has not decided about. */
export interface WaitingCall {
  readonly toolCallId: string
  readonly toolName: string
  /** What may be shown of the question. Absent while its approver has another question, of this run or of others. */
  readonly approval?: ApprovalView | undefined
}

export interface SettledApprovals {
  /** Whether no call waits for a decision any more, so that `run(agent, state)` gets on: also none that your program decides. */
  readonly proceed: boolean
  /** The calls of tools of this package that wait. */
  readonly waiting: readonly WaitingCall[]
}

/**
 * Settles the interruptions of a run that tools of this package made, by AuthSec's answer: asks about new calls, asks
 * AuthSec once about those that were asked before, approves what a person has approved, and rejects what nobody will
 * approve, with the outcome for the model. What the state or its holder says of an approval decides nothing: without one
 * that this function collected, or with other arguments or another user, `run` executes no call.
 *
 * Call it before the state is stored and before each `run(agent, state)`. The sealed questions are then in the state, and
 * any process with the keys (`approvals.keys`) carries it on, and asks AuthSec itself. An approval that was collected is
 * written into the state where the client has a `store` that outlives the process: one process executes the call. Without
 * one it stays in memory, and a call whose process ends before `run` is not executed. It lives 15 minutes. Interruptions of other tools, and those of a `needsApproval` that the program gave a copy
 * of a tool, are the program's: `proceed` is false until it decides them by `state.approve` or `state.reject`. Where a rule
 * of ours applies to such a call, too, AuthSec is asked after the program has approved. Throws `ConfigError` for an
 * unusable option, and where the program names no client for a call.
 *
 * @example
 * ```ts
 * import { settleApprovals } from '@authsec/openai-agents'
 * import { type Agent, RunState, run } from '@openai/agents-core'
 *
 * // The answer of the model; or the state of a run that waits, to be called with again.
 * export async function carryOn(agent: Agent, stored: string): Promise<string> {
 *   const state = await RunState.fromString(agent, stored)
 *   const { proceed } = await settleApprovals(state)
 *   if (!proceed) return JSON.stringify(state)
 *   const { finalOutput } = await run(agent, state)
 *   // Without an answer the model has called again: the next look asks about it.
 *   return finalOutput ?? JSON.stringify(state)
 * }
 * ```
 */
export async function settleApprovals(
  state: PausedRun,
  options: SettleOptions = {},
): Promise<SettledApprovals> {
  checkOptions<SettleOptions>(options, 'the options of settleApprovals', {
    signal: optionalSignal,
  })
  nameRun(state._context, storedRun(state))
  const interruptions = state.getInterruptions()
  const calls = interruptions.flatMap((item) => pausedCall(state, item, options.signal))
  forgetOthers(state, calls)
  const waiting: WaitingCall[] = []
  const open = { approvers: new Set<string | undefined>(), digests: new Set<string>() }
  // One after another: what an approver is asked depends on what is still open.
  for (const call of calls.toSorted((a, b) => isAsked(b) - isAsked(a))) {
    const sealed = storedFor(state, call)
    const answer = await (sealed === undefined ? ask(call, open) : collect(call, answerTo(sealed)))
    if (answer.status === 'waiting' && answer.about) note(answer, answer.about)
    const now = apply(state, call, answer)
    if (now) waiting.push(now)
  }
  const isLeft = interruptions.some((item) => waitsForProgram(state, item))
  return { proceed: waiting.length === 0 && !isLeft, waiting }

  /** What is asked in this look counts in the limits of this process. Another one may have asked before, or nobody may ask. */
  function note({ sealed }: { sealed?: string | undefined }, about: RequiredApproval): void {
    open.digests.add(about.digest)
    if (sealed === undefined) open.approvers.add(about.question.approver)
  }

  function isAsked(call: PausedCall): number {
    return storedFor(state, call) === undefined ? 0 : 1
  }
}

/** Writes an answer into the state. Returns the call if it goes on waiting. */
function apply(state: PausedRun, call: PausedCall, answer: Answer): WaitingCall | undefined {
  const { item, toolCallId, toolName } = call
  if (answer.status === 'refused') {
    forget(state, call)
    state.reject(item, { message: outcomeText(answer.outcome) })
    return undefined
  }
  if (answer.status === 'waiting') {
    if (answer.sealed !== undefined) keep(state, call, answer.sealed)
    return { toolCallId, toolName, approval: answer.approval }
  }
  if (answer.status === 'approved') keepApproval(state, call, answer)
  state.approve(item)
  return undefined
}

/**
 * An approval is written into the state only where other processes see that it was used. Else the question stays there, whose
 * answer CIBA gives once: a process that dies loses the approval, and no copy of the state executes the call again.
 */
function keepApproval(
  state: PausedRun,
  call: PausedCall,
  { sealed, isLasting }: Extract<Answer, { status: 'approved' }>,
): void {
  const question = storedFor(state, call)
  if (isLasting) keep(state, call, sealed)
  else if (question !== undefined) rememberAnswer(question, sealed)
  keepCollected(state._context, { ...call, sealed })
}

function keep(state: PausedRun, call: PausedCall, sealed: string): void {
  store(state, call, { sealed, run: runNameOf(state._context) })
}
