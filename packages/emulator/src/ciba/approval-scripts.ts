import { type ApprovalMode, type ApprovalScript, checkApprovalScript } from './approval-script.ts'

/** The scripts of the next requests. */
export interface ApprovalScripts {
  /** The script of a new request, or `undefined` when nothing decides it by itself. */
  next(): ApprovalScript | undefined
  /** Adds scripts, one for each request. Throws a `ConfigError`, and then adds none. */
  add(...scripts: readonly ApprovalScript[]): void
  /** Sets the script of all requests for which none was added. `'manual'` leaves them to `control`. */
  setDefault(script: ApprovalScript | 'manual'): void
}

export function createApprovalScripts({
  approvals,
}: {
  readonly approvals: ApprovalMode
}): ApprovalScripts {
  const scripts: ApprovalScript[] = []
  let fallback: ApprovalScript | 'manual' = approvals
  return {
    next: () => scripts.shift() ?? (fallback === 'manual' ? undefined : fallback),
    add(...next) {
      for (const [index, script] of next.entries()) checkApprovalScript(script, `scripts[${index}]`)
      scripts.push(...next)
    },
    setDefault(script) {
      if (script !== 'manual') checkApprovalScript(script, 'script')
      fallback = script
    },
  }
}

export type Decision = 'pending' | 'approved' | 'denied' | 'expired'

/** What the approver decides when the request is made. */
export function firstDecision(script: ApprovalScript | undefined): Decision {
  if (script === 'approve' || script === 'consume_then_drop') return 'approved'
  if (script === 'expire') return 'expired'
  return script === 'deny' ? 'denied' : 'pending'
}

/** What the approver has decided by the time of this poll. */
export function decisionAfterPolls(script: ApprovalScript | undefined, polls: number): Decision {
  if (typeof script !== 'object') return 'pending'
  if ('approveAfterPolls' in script)
    return polls > script.approveAfterPolls ? 'approved' : 'pending'
  return polls > script.denyAfterPolls ? 'denied' : 'pending'
}
