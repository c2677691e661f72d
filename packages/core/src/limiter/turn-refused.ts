export interface RefusalFacts {
  readonly retryAt: Date
  /** Requests a minute. */
  readonly limit: number
  /** How many wait, and of how many agents. */
  readonly waiting: number
  readonly agents: number
  /** How long it could have waited, in milliseconds. */
  readonly queueMs: number
  /** Whether the server has answered 429. */
  readonly isThrottled: boolean
}

/** The turn of a request does not come in time. Internal: callers turn it into an error of their own class. */
export class TurnRefused extends Error {
  override readonly name = 'TurnRefused'
  readonly retryAt: Date
  readonly facts: RefusalFacts
  /** Of the 429 that this request had before. */
  status: number | undefined
  requestId: string | undefined

  constructor(facts: RefusalFacts) {
    super('No turn in time.')
    this.retryAt = facts.retryAt
    this.facts = facts
  }
}

/** Message and hint of the error that it becomes. `end` is what that means: `so nothing was done`. */
export function refusalText(
  { facts }: TurnRefused,
  end?: string,
): { message: string; hint: string } {
  const { limit, waiting, agents, queueMs, isThrottled } = facts
  const suffix = end === undefined ? '' : `, ${end}`
  const others = waiting === 0 ? '' : `, and ${waiting} of ${agents} agents wait`
  const asked = `This process sends AuthSec at most ${limit} requests a minute`
  const message = isThrottled
    ? `AuthSec receives too many requests from this address${suffix}.`
    : `${asked}${others}: this one has no turn within ${Math.round(queueMs / 100) / 10} s${suffix}.`
  const remedy = 'Wait until `retryAt`, or raise `rateLimit.queueMs`.'
  const share = 'Processes behind one address share 100 requests a minute'
  return {
    message,
    hint: `${remedy} ${share}: set \`rateLimit.requestsPerMinute\` to the part of each.`,
  }
}
