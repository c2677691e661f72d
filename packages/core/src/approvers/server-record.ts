import type { PollState } from '../channels/channel.ts'
import { isRequestBound } from '../platform/request-bound.ts'
import type { Clock } from '../support/clock.ts'
import { type ApproverLimits, createApproverLimits } from './approver-limits.ts'
import { type AskedQuestions, createAskedQuestions } from './asked-questions.ts'
import type { PendingQuestion } from './pending-question.ts'
import { createPollWheel, type PollWheel } from './poll-wheel.ts'
import type { SharedWork } from './shared-work.ts'

/** A poll under way, or an approval that came when nobody waited for it any more. */
export type SharedPoll = SharedWork<PollState>

/** A question that was asked, now or before. */
export interface Asked {
  readonly pending: PendingQuestion
  readonly isNew: boolean
}

/** Who was asked what on one AuthSec server, and what was answered. */
export interface ServerRecord {
  readonly limits: ApproverLimits
  readonly questions: AskedQuestions
  readonly wheel: PollWheel
  /** Polls under way, by the server's name for the question: polls of the server are not atomic (contract 9). */
  readonly polls: Map<string, SharedPoll>
  /** Questions that are being sent, by their key. */
  readonly starts: Map<string, SharedWork<Asked>>
  /** Approvals that were used, with the time (clock's monotonic scale) after which nobody can present them again. */
  readonly claimed: Map<string, number>
}

export function createServerRecord(clock: Clock): ServerRecord {
  return {
    limits: createApproverLimits(clock),
    questions: createAskedQuestions(clock),
    wheel: createPollWheel(clock),
    polls: new Map(),
    starts: new Map(),
    claimed: new Map(),
  }
}

/** By clock, because times of two clocks cannot be compared. Outside tests there is one, the system's. */
const records = new WeakMap<Clock, Map<string, ServerRecord>>()

/**
 * The record of a server, which all clients of this process share: a person has one device, however many
 * clients ask. Where nothing outlasts a request they share what is known, and no work. Servers are told apart by their URL. A worker thread counts as a process of its own.
 */
export function serverRecordOf(server: URL, clock: Clock): ServerRecord {
  const ofClock = records.get(clock) ?? new Map<string, ServerRecord>()
  records.set(clock, ofClock)
  const record = ofClock.get(server.href) ?? createServerRecord(clock)
  ofClock.set(server.href, record)
  if (!isRequestBound()) return record
  const { limits, questions, claimed } = record
  return { ...createServerRecord(clock), limits, questions, claimed }
}
