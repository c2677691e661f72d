import type { VerificationContext } from './context.ts'
import { comparable, percentDecodings } from './percent-decodings.ts'
import type { Redact } from './redaction.ts'

const MAX_LENGTH = 512
/** In a segment that is encoded more often than is searched. */
const STILL_ENCODED = /%[0-9a-f]{2}/i

/**
 * What a decision says of the request. Callers choose most of it, so each value is checked, and no secret passes.
 * The program declares the route: a caller cannot hide it by sending a part of it as its token.
 */
export function requestFacts(
  context: VerificationContext,
  redact: Redact,
  redactRoute: Redact,
): VerificationContext {
  const { method, route, path, requestId, callId } = context
  return {
    method: matching(method, /^[A-Za-z][\w-]{0,31}$/),
    route: route === undefined ? undefined : oneLine(clean(withoutQuery(route), redactRoute)),
    path: path === undefined ? undefined : oneLine(clean(pathOf(path), redact)),
    requestId: unredacted(matching(requestId, /^[\w.:@+=-]{1,128}$/), redact),
    callId: matching(callId, /^call_[0-9a-f]{16}$/),
  }
}

function matching(value: string | undefined, form: RegExp): string | undefined {
  return value !== undefined && form.test(value) ? value : undefined
}

/** An ID joins records or is of no use: one with a secret in it is left out. */
function unredacted(value: string | undefined, redact: Redact): string | undefined {
  return value !== undefined && redact(value) === value ? value : undefined
}

/** Without origin, query and fragment. */
function pathOf(url: string): string {
  const path = url.replace(/^[a-z][a-z0-9+.-]{0,31}:\/\/[^/?#]*/i, '').split(/[?#]/, 1)[0] ?? ''
  return path === '' ? '/' : path
}

/** A route may have a question mark of its own, for a part that is optional: only what has values is a query. */
function withoutQuery(route: string): string {
  return route.replace(/\?[^/]*=.*$/s, '')
}

/**
 * The text as it came, unless a secret is in it, in clear or percent-encoded. All of it is decoded before anything is
 * replaced: whoever replaced the clear part of a secret first would leave the encoded rest.
 */
function clean(text: string, redact: Redact): string {
  const decoded = comparable(percentDecodings(text).at(-1) ?? text)
  const redacted = redact(decoded)
    .split('/')
    .map((segment) => (STILL_ENCODED.test(segment) ? '[REDACTED]' : segment))
    .join('/')
  return redacted === decoded ? text : redacted
}

/** Printable ASCII, so that it is one line in every log. */
function oneLine(text: string): string {
  const short = text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH - 3)}...` : text
  return short.replace(/[^\x20-\x7e]/g, (letter) => `\\u{${letter.charCodeAt(0).toString(16)}}`)
}
