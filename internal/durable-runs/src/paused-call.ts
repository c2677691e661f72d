import type { EmulatorHandler } from '@authsec/emulator'
import type { CallName, Payment } from './host.ts'

export type Status = ReturnType<EmulatorHandler['control']['approvals']>[number]['status'] | 'none'

/** A call that the model made, with what became of it. */
export interface PausedCall {
  readonly args: Payment
  readonly thread: string
  readonly user: string
  readonly label: string
  /** What the framework stored, newest last. Old ones are tried again, too. */
  readonly stored: string[]
  /** The questions that were asked about it, newest last. */
  readonly asked: string[]
  /** A fault, a loss or a death may have lost the answer to its newest question. */
  isDisturbed: boolean
  /** It was executed for its newest question. */
  isDone: boolean
  begun: number
  /** How often the API paid in the step under way. */
  paidNow: number
}

export function newCall(args: Payment, thread: string, user: string): PausedCall {
  const label = `${user}'s pay ${args.amount} to ${args.to} in ${thread}`
  return {
    ...{ args, thread, user, label, stored: [], asked: [] },
    ...{ isDisturbed: false, isDone: false, begun: 0, paidNow: 0 },
  }
}

/** The framework's name for it, another one each time. */
export function nextName(call: PausedCall): CallName {
  call.begun += 1
  const { thread, user, begun } = call
  return { thread, user, toolCallId: `call-${thread}-${begun}` }
}

/** Where its newest question stands. */
export function statusOf(call: PausedCall, { control }: EmulatorHandler): Status {
  const newest = call.asked.at(-1)
  return control.approvals().find(({ authReqId }) => authReqId === newest)?.status ?? 'none'
}

/** A client asks for the last time shortly before the server's 300 s are over, and then ends the call. */
const NEARLY_OVER_MS = 295_000

export function isNearlyOver(call: PausedCall, { control }: EmulatorHandler, now: number): boolean {
  const newest = call.asked.at(-1)
  const asked = control.approvals().find(({ authReqId }) => authReqId === newest)
  return asked !== undefined && now - asked.createdAt >= NEARLY_OVER_MS
}
