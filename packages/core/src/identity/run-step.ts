import type { RunStep, TraceHeaders } from '../instrumentation.ts'

/** The headers of a trace that were checked. */
type SentHeaders = Readonly<Record<string, string>>

/** What became of a step. */
export type Settled<Result> = { readonly result: Result } | { readonly error: unknown }

interface StepParts<Start, End, Result> {
  readonly step: Start
  readonly work: (headers: SentHeaders) => Promise<Result>
  /** What the instrumentation may know. */
  readonly endOf: (settled: Settled<Result>) => End | Promise<End>
}

/** Runs a step inside its instrumentation, which can neither change nor repeat nor prevent it. */
export function runStep<Start extends object, End, Result>(
  run: RunStep<Start, End, [headers?: TraceHeaders]> | undefined,
  { step, work, endOf }: StepParts<Start, End, Result>,
): Promise<Result> {
  if (!run) return work({})
  let result: Promise<Result> | undefined
  const once = (headers?: TraceHeaders): Promise<End> => {
    result ??= work(traceHeaders(headers))
    return result.then(
      (value) => endOf({ result: value }),
      (error: unknown) => endOf({ error }),
    )
  }
  try {
    const over: unknown = run(Object.freeze(step), once)
    Promise.resolve(over).catch(() => undefined)
  } catch {
    // A broken instrumentation must not break the step that it watches.
  }
  result ??= work({})
  return result
}

/** W3C Trace Context, section 3.2 and 3.3; Baggage, section 3.3. */
const FORMS: Readonly<Record<keyof TraceHeaders, RegExp>> = {
  traceparent: /^[\da-f]{2}-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/,
  tracestate: /^[\x20-\x7e]{1,512}$/,
  baggage: /^[\x20-\x7e]{1,8192}$/,
}

function traceHeaders(given: unknown): SentHeaders {
  const headers: Record<string, unknown> = Object(given)
  const checked: Record<string, string> = {}
  for (const [name, form] of Object.entries(FORMS)) {
    const value = headers[name]
    if (typeof value === 'string' && form.test(value)) checked[name] = value
  }
  return checked
}
