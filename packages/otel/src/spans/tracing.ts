import {
  type Attributes,
  context,
  isSpanContextValid,
  type Span,
  type SpanKind,
  SpanStatusCode,
  type TextMapPropagator,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import { ERROR_TYPE } from '../attributes.ts'
import type { RunStep } from '../client-types.ts'
import type { NameOf } from '../people.ts'
import { stepContext, withoutHttpSpans } from './own-context.ts'

/** What the spans of one `authsecTelemetry` are made with. */
export interface Tracing {
  readonly tracer: Tracer
  /** Whether nothing is recorded, so that steps need not be described. */
  readonly isIdle: () => boolean
  readonly propagator: Pick<TextMapPropagator, 'inject'>
  readonly nameOf: NameOf
}

/** How a span ends. */
export interface SpanEnd {
  readonly attributes: Attributes
  /** The code of the failure, or the status of an answer that is one. */
  readonly error?: string | undefined
}

interface SpanParts<End> {
  readonly name: string
  readonly kind: SpanKind
  readonly attributes: Attributes
  /** Whether the span stands for the HTTP requests of the work, which then have none. */
  readonly ownsHttp: boolean
  readonly endOf: (end: End) => SpanEnd
}

type Work<End> = Parameters<RunStep<unknown, End>>[1]

/** Runs a step inside a span. Without an SDK the step runs as it would run without us. */
export function inSpan<End>(
  { tracer, propagator }: Tracing,
  { name, kind, attributes, ownsHttp, endOf }: SpanParts<End>,
  work: Work<End>,
): Promise<void> | undefined {
  const parent = stepContext()
  const span = tracer.startSpan(name, { kind, attributes }, parent)
  if (!isSpanContextValid(span.spanContext())) return void work()
  const own = trace.setSpan(parent, span)
  const headers: Record<string, string> = {}
  // Before the suppression: a suppressed context has no headers of a trace.
  if (ownsHttp) propagator.inject(own, headers, setter)
  const running = context.with(ownsHttp ? withoutHttpSpans(own) : own, () => work(headers))
  return running.then((end) => finish(span, () => endOf(end)))
}

const setter = {
  set(carrier: Record<string, string>, key: string, value: string): void {
    carrier[key.toLowerCase()] = value
  },
}

/** Ends the span, whatever happens: one that never ends is never seen. */
function finish(span: Span, endOf: () => SpanEnd): void {
  try {
    const { attributes, error } = endOf()
    span.setAttributes(attributes)
    if (error === undefined) return
    span.setAttribute(ERROR_TYPE, error)
    span.setStatus({ code: SpanStatusCode.ERROR, message: error })
  } finally {
    span.end()
  }
}
