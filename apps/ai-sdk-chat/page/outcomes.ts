/** What became of a call, in words for a person: what happened, whether anything was deleted, and what to do. */
export interface Outcome {
  readonly tone: 'good' | 'bad' | 'unclear'
  readonly title: string
  readonly text: string
}

const NOTHING = 'Nothing was deleted.'

const DECIDED: Readonly<Record<string, Outcome>> = {
  approval_denied: {
    tone: 'bad',
    title: 'Denied',
    text: `The approver said no. ${NOTHING} If that was a mistake, ask again.`,
  },
  approval_expired: {
    tone: 'bad',
    title: 'Expired',
    text: `Nobody decided in time. ${NOTHING} Ask again when the approver is there.`,
  },
  approval_cancelled: {
    tone: 'bad',
    title: 'Given up',
    text: `The question was given up. ${NOTHING} Ask again if you still want it.`,
  },
  approval_mismatch: {
    tone: 'bad',
    title: 'Not executed',
    text: `The call is not the one that was approved. ${NOTHING} Ask again.`,
  },
  approval_rate_limited: {
    tone: 'bad',
    title: 'Not asked',
    text: `The approver is asked too often. ${NOTHING} Wait a little, then ask again.`,
  },
  approval_used: {
    tone: 'unclear',
    title: 'Used before',
    text: 'This approval was used before. Look whether the record is still there before you ask again.',
  },
}

/** Reads the output of a tool, which is an outcome of `@authsec/core`. */
export function outcomeOf(output: unknown, wasApproved: boolean): Outcome {
  const { ok, code, message, carriedOut } = Object(output)
  if (ok === true || carriedOut === true) {
    return { tone: 'good', title: 'Approved and deleted', text: 'The API confirmed the deletion.' }
  }
  const decided = typeof code === 'string' && Object.hasOwn(DECIDED, code) && DECIDED[code]
  if (decided) return decided
  const reason = typeof message === 'string' ? message : 'The tool did not answer.'
  return wasApproved
    ? {
        tone: 'unclear',
        title: 'Approved, but it failed',
        text: `${reason} Look whether the record is still there.`,
      }
    : { tone: 'bad', title: 'Not executed', text: `${reason} ${NOTHING}` }
}
