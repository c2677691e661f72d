import type { UseWatch } from '../approval/redemption.ts'
import type { EventBody } from '../events.ts'
import type { DelegationToken } from '../token/delegation-token.ts'
import type { TokenSource } from '../token/token-cells.ts'
import type { GetTokenOptions } from '../token/token-request.ts'
import type { CallTrace } from './call-trace.ts'

export interface GuardedSendParts {
  readonly tokens: TokenSource
}

/** One call, as the pipeline sees it. `secureFetch`, `client.fetch` and the cloud exchange each provide one. */
export interface GuardedCall<Answer, Result> {
  readonly signal: AbortSignal | undefined
  /** Learns what becomes of the call. */
  readonly trace: CallTrace
  /** Throws when the call is not permitted with this token. */
  checkToken(token: DelegationToken): void
  /** Waits for the approval that the call requires. Absent: it requires none. */
  readonly approve?: ((watch: UseWatch) => Promise<void>) | undefined
  /** Sends the call with this token. */
  send(token: DelegationToken): Promise<Answer>
  /** Whether the answer is a 401, and the call can be sent again. */
  isRejected(answer: Answer): boolean
  /** Discards an answer that will not be read. */
  discard?: ((answer: Answer) => void) | undefined
  /** Turns the last answer into the result, and reports it. */
  complete(answer: Answer, token: DelegationToken): Result
  /** What is reported when the call ends without a result. */
  failed(error: unknown): EventBody
}

/**
 * The one way in which a bearer leaves this process: permitted token, approval, send, at most one
 * re-authentication, events. Nothing else may read `token.value` to send it to an API.
 */
export async function guardedSend<Answer, Result>(
  { tokens }: GuardedSendParts,
  call: GuardedCall<Answer, Result>,
): Promise<Result> {
  const { trace } = call
  const permittedToken = async (options?: GetTokenOptions): Promise<DelegationToken> => {
    const token = await tokens.get({ ...options, signal: call.signal })
    trace.uses(token)
    call.checkToken(token)
    return token
  }
  try {
    let token = await permittedToken()
    if (call.approve) {
      await trace.waiting(call.approve, call.signal)
      // The approval may have taken minutes, so the token is checked again.
      token = await permittedToken()
    } else if (trace.isAsked) {
      await trace.askBeforeSend(call.signal)
    }
    const answer = await call.send(token)
    // One approval, one execution: an approved call is not sent a second time, not even after a 401.
    if (!call.isRejected(answer) || call.approve) return call.complete(answer, token)
    const newer = await newerToken(call, answer, token, permittedToken)
    if (!newer) return call.complete(answer, token)
    call.discard?.(answer)
    return call.complete(await call.send(newer), newer)
  } catch (error) {
    trace.report(call.failed(error))
    throw error
  }
}

/** After a 401: a newer token than the rejected one, if AuthSec has one. */
async function newerToken<Answer, Result>(
  call: GuardedCall<Answer, Result>,
  answer: Answer,
  rejected: DelegationToken,
  permittedToken: (options: GetTokenOptions) => Promise<DelegationToken>,
): Promise<DelegationToken | undefined> {
  try {
    const token = await permittedToken({ rejected })
    return token.fingerprint === rejected.fingerprint ? undefined : token
  } catch (error) {
    call.discard?.(answer)
    throw error
  }
}
