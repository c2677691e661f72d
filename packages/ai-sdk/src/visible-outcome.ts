import type { ApprovalView } from '@authsec/core'
import type { ToolContext } from '@authsec/core/adapter'
import type { ToolFailure, ToolOutcome } from '@authsec/core/tool'

type Watched = Required<Pick<ToolContext, 'onApproval' | 'signal'>>

/**
 * The outcome of a call that may wait for a person: a promise of it that can also be iterated. The AI SDK
 * iterates what it can, and shows all but the last value as preliminary; the first releases of AI SDK 5 do not,
 * and await the promise. Whoever leaves the iteration early gives the question up, as an abort does.
 */
export function visibleOutcome(
  execute: (watched: Watched) => Promise<ToolOutcome>,
  abortSignal: AbortSignal | undefined,
): Promise<ToolOutcome> {
  const left = new AbortController()
  const signal = abortSignal ? AbortSignal.any([abortSignal, left.signal]) : left.signal
  const views: ApprovalView[] = []
  let changed = Promise.withResolvers<void>()
  const outcome = execute({
    signal,
    onApproval(view) {
      views.push(view)
      changed.resolve()
    },
  })
  let isOver = false
  const end = (): void => {
    isOver = true
    changed.resolve()
  }
  // Who iterates gets a failure from the iteration.
  outcome.then(end, end)

  async function* stages(): AsyncGenerator<ToolOutcome> {
    try {
      while (!isOver || views.length > 0) {
        const view = views.shift()
        if (view) yield waitingOutcome(view)
        else await changed.promise
        if (!isOver && views.length === 0) changed = Promise.withResolvers()
      }
      yield await outcome
    } finally {
      left.abort()
    }
  }
  return Object.defineProperty(outcome, Symbol.asyncIterator, { value: stages })
}

/** What an interface shows while the call waits. A model reads it when the run was aborted meanwhile. */
function waitingOutcome(approval: ApprovalView): ToolFailure {
  const message = approval.status === 'pending' ? NOT_ANSWERED : ANSWERED
  return { ok: false, code: 'approval_pending', message, retryable: false, approval }
}

const NOT_ANSWERED =
  'A person has been asked to approve this call and has not answered yet, so nothing was done so far.'
const ANSWERED = 'A person has answered, and the result of this call is not known yet.'
