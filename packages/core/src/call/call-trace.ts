import type { UseWatch } from '../approval/redemption.ts'
import { AuthSecError, ConfigError, failureFacts } from '../errors.ts'
import type {
  ApprovalDetails,
  CallDetails,
  CallEnd,
  CallIdentity,
  CallProgress,
  CallTarget,
  Emit,
  EventBody,
  OnEvent,
} from '../events.ts'
import { isCallId, newCallId } from '../identity/call-id.ts'
import { type CallNames, callIdentity } from '../identity/call-identity.ts'
import { runStep } from '../identity/run-step.ts'
import type { Instrumentation } from '../instrumentation.ts'
import type { Clock } from '../support/clock.ts'
import type { DelegationToken } from '../token/delegation-token.ts'

type Writable<T> = { -readonly [Name in keyof T]: T[Name] }

/** What a call needs of its client to tell what becomes of it. */
export interface TraceParts {
  readonly clock: Clock
  readonly emit: Emit
  /** Asked before the call is sent. */
  readonly beforeSend?: OnEvent['beforeSend']
  /** Fingerprint of the client ID. */
  readonly client: string
  readonly instrumentation: Instrumentation | undefined
}

/** The facts of one call, from its first check to its last event. */
export class CallTrace {
  callId: string
  attempts = 0
  token: string | undefined
  approval: ApprovalDetails | undefined
  /** What the call is, as soon as that is settled. */
  target: CallTarget | undefined
  /** Of an exchange for cloud credentials. */
  provider: string | undefined
  readonly client: string
  readonly instrumentation: Instrumentation | undefined
  /** What was reported at last. */
  end: EventBody | undefined
  /** Told of the end of a call whose answer is read later. */
  onEnd: ((event: EventBody) => void) | undefined
  readonly #parts: TraceParts
  readonly #names: CallNames
  readonly #startedAt: number
  #waitedMs = 0

  constructor(parts: TraceParts, names: CallNames) {
    this.#parts = parts
    this.client = parts.client
    this.instrumentation = parts.instrumentation
    this.#names = names
    this.#startedAt = parts.clock.monotonic()
    this.callId = isCallId(names.callId) ? names.callId : newCallId()
  }

  identity(): CallIdentity {
    return callIdentity(this.callId, this.#names)
  }

  progress(): CallProgress {
    const { token, approval, attempts } = this
    const durationMs = this.#durationMs()
    return {
      ...(token !== undefined && { token }),
      ...(approval && { approval }),
      attempts,
      durationMs,
    }
  }

  #durationMs(): number {
    return this.#parts.clock.monotonic() - this.#startedAt - this.#waitedMs
  }

  settledTarget(): CallTarget {
    return this.target ?? UNKNOWN
  }

  details(target = this.settledTarget()): CallDetails {
    const { resource, method, route, permission } = target
    const { attempts, token, approval } = this
    const durationMs = this.#durationMs()
    const details: Writable<CallDetails> = {
      ...this.identity(),
      resource,
      method,
      route,
      permission,
      attempts,
      durationMs,
    }
    if (token !== undefined) details.token = token
    if (approval) details.approval = approval
    return details
  }

  /** Reports the end of the call. */
  report(event: EventBody): void {
    this.end = event
    this.#parts.emit(event)
    this.onEnd?.(event)
  }

  /** Reports a call that is refused before it has a place in the pipeline, once. */
  refused(error: unknown, asked: () => CallTarget): void {
    if (this.end || !isRefusal(error)) return
    this.report(failedCall(error, this.details(this.target ?? asked())))
  }

  /** The token that the call is checked and sent with. */
  uses({ fingerprint }: DelegationToken): void {
    this.token = fingerprint
  }

  /** Waits for a person, which is no part of the call's duration. */
  async waiting(
    approve: (watch: UseWatch) => Promise<void>,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const startedAt = this.#parts.clock.monotonic()
    try {
      await approve({
        joined: (callId) => {
          this.callId = callId
        },
        beforeUse: (approval) => {
          this.approval = approval
          return this.askBeforeSend(signal)
        },
      })
    } catch (error) {
      // It was not used up.
      this.approval = undefined
      throw error
    } finally {
      this.#waitedMs += this.#parts.clock.monotonic() - startedAt
    }
  }

  /** Whether somebody is to be asked before the call is sent. */
  get isAsked(): boolean {
    return this.#parts.beforeSend !== undefined
  }

  /** Asks whether the call may be sent now. */
  askBeforeSend(signal: AbortSignal | undefined): void | Promise<void> {
    const { beforeSend, clock, client } = this.#parts
    if (!beforeSend) return undefined
    const { token, approval, provider } = this
    return beforeSend(
      Object.freeze({
        ...{ time: new Date(clock.now()), client },
        ...this.identity(),
        ...this.target,
        ...(provider !== undefined && { provider }),
        ...(token !== undefined && { token }),
        ...(approval && { approval }),
      }),
      signal,
    )
  }
}

const UNKNOWN: CallTarget = { resource: 'unknown', method: 'GET', route: '', permission: [] }

/** Runs a call. One that is refused before it has a place in the pipeline is reported too, once. */
export function traced<T>(
  trace: CallTrace,
  asked: () => CallTarget,
  work: () => Promise<T>,
): Promise<T> {
  const { instrumentation } = trace
  if (!instrumentation?.call) return reported(trace, asked, work)
  return callStep(trace, () => reported(trace, asked, work))
}

async function reported<T>(
  trace: CallTrace,
  asked: () => CallTarget,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    trace.refused(error, asked)
    throw error
  }
}

/** Runs a call inside its instrumentation. */
export function callStep<T>(trace: CallTrace, work: () => Promise<T>): Promise<T> {
  const { client, provider, instrumentation } = trace
  return runStep(instrumentation?.call, {
    step: { client, ...trace.identity(), ...(provider !== undefined && { provider }) },
    work,
    endOf: (settled) =>
      trace.end ?? ('error' in settled ? failureFacts(settled.error) : endOf(trace)),
  })
}

/** Somebody still reads the answer. */
function endOf(trace: CallTrace): Promise<EventBody> {
  return new Promise((resolve) => {
    trace.onEnd = resolve
  })
}

/** A wrong configuration is the programmer's mistake, and no refusal. */
function isRefusal(error: unknown): boolean {
  return AuthSecError.isInstance(error) && !ConfigError.isInstance(error)
}

/** The event of a call that ended without an answer. */
export function failedCall(error: unknown, details: CallDetails): CallEnd {
  const facts = failureFacts(error)
  const type = facts.code === 'approval_pending' ? 'request.suspended' : 'request.failed'
  return { type, ...details, ...facts }
}
