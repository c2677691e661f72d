import { type Attributes, context, SpanKind, SpanStatusCode, type Tracer } from '@opentelemetry/api'
import { authsec, ERROR_TYPE, HTTP_METHOD, HTTP_STATUS } from './attributes.ts'
import type { VerifierInstruments } from './metrics/instruments.ts'

/**
 * What is used of a decision of a verifier (`onDecision` of `@authsec/verify`). Its reason, path and subject are left
 * out: callers write the first two, and the third says no more than the fingerprint.
 */
export interface DecisionFacts {
  readonly time: Date
  readonly decision: 'accepted' | 'rejected'
  readonly code?: string | undefined
  readonly status?: number | undefined
  readonly cause?: string | undefined
  readonly token?: string | undefined
  readonly client?: string | undefined
  readonly permission?: readonly string[] | undefined
  readonly anyPermission?: readonly string[] | undefined
  readonly held?: readonly string[] | undefined
  readonly cached?: boolean | undefined
  readonly durationMs: number
  readonly callId?: string | undefined
  readonly method?: string | undefined
  readonly route?: string | undefined
}

/** A span for a decision that was made just now: a child of what is active, mostly the span of the server's request. */
export function traceDecision(tracer: Tracer, decision: DecisionFacts): void {
  const { time, durationMs, code, status } = decision
  const startTime = new Date(time.getTime() - durationMs)
  const options = {
    kind: SpanKind.INTERNAL,
    attributes: decisionAttributes(decision),
    startTime,
  }
  const span = tracer.startSpan('authsec.verify', options, context.active())
  // As for spans of servers: what a caller did wrong is no error of this process.
  if (status === 503) span.setStatus({ code: SpanStatusCode.ERROR, message: code ?? '' })
  span.end(time)
}

function decisionAttributes(facts: DecisionFacts): Attributes {
  const { permission, anyPermission, held, decision, code } = facts
  return {
    [authsec.step]: 'verify',
    [authsec.decision]: decision,
    [authsec.code]: code,
    [ERROR_TYPE]: decision === 'rejected' ? code : undefined,
    [HTTP_STATUS]: facts.status,
    [authsec.cause]: facts.cause,
    [authsec.callId]: facts.callId,
    [authsec.client]: facts.client,
    [authsec.token]: facts.token,
    [authsec.permission]: permission && [...permission],
    [authsec.anyPermission]: anyPermission && [...anyPermission],
    [authsec.held]: held && [...held],
    [authsec.cached]: facts.cached,
    [HTTP_METHOD]: facts.method,
    [authsec.route]: facts.route,
  }
}

export function measureDecision(
  decision: DecisionFacts,
  { verifyDuration }: VerifierInstruments,
): void {
  const { durationMs, code, cached } = decision
  verifyDuration.record(durationMs / 1_000, {
    [authsec.decision]: decision.decision,
    ...(code !== undefined && { [authsec.code]: code }),
    ...(cached !== undefined && { [authsec.cached]: cached }),
  })
}
