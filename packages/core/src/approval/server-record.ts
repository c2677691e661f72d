import type { Clock } from '../support/clock.ts'
import { type ApproverLimits, createApproverLimits } from './approver-limits.ts'
import { type AskedQuestions, createAskedQuestions } from './asked-questions.ts'

/** Who was asked what on one AuthSec server. */
export interface ServerRecord {
  readonly limits: ApproverLimits
  readonly questions: AskedQuestions
}

export function createServerRecord(clock: Clock): ServerRecord {
  return { limits: createApproverLimits(clock), questions: createAskedQuestions(clock) }
}

/** By clock, because times of two clocks cannot be compared. Outside tests there is one, the system's. */
const records = new WeakMap<Clock, Map<string, ServerRecord>>()

/**
 * The record of a server, which all clients of this process share: a person has one device, however many
 * clients ask. Servers are told apart by their URL. A worker thread counts as a process of its own.
 */
export function serverRecordOf(server: URL, clock: Clock): ServerRecord {
  const ofClock = records.get(clock) ?? new Map<string, ServerRecord>()
  records.set(clock, ofClock)
  const record = ofClock.get(server.href) ?? createServerRecord(clock)
  ofClock.set(server.href, record)
  return record
}
