import { type Context, context, createContextKey } from '@opentelemetry/api'

/** The key of @opentelemetry/core, which is found by its description: instrumentations then make no span. */
const SUPPRESS = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING')
/** Says that it was set here, and not by the program. */
const OURS = createContextKey('AuthSec suppresses the spans of its own HTTP requests')

/**
 * The context in which a step begins. Work inside our own HTTP requests, such as a token that an approval needs, has a
 * span again.
 */
export function stepContext(): Context {
  const active = context.active()
  return active.getValue(OURS) === true ? active.deleteValue(SUPPRESS).deleteValue(OURS) : active
}

/** The same for work whose HTTP requests have no spans of their own, because a span of ours stands for them. */
export function withoutHttpSpans(given: Context): Context {
  return given.getValue(SUPPRESS) === true
    ? given
    : given.setValue(SUPPRESS, true).setValue(OURS, true)
}
