import type { ResourceError } from '../errors.ts'
import { resourceError } from '../policy/resource-error.ts'

const MAX_DEPTH = 64
const MAX_VALUES = 100_000

/**
 * Parses JSON from an untrusted source: at most 64 levels and 100 000 values, without the keys that
 * reach prototypes, and with numbers that JavaScript cannot represent kept as their text.
 *
 * @param status - The HTTP status of the answer, for the error.
 * @throws ResourceError - `invalid_response` for malformed, too deep or too large JSON.
 *
 * @example
 * ```ts
 * import { parseUntrustedJson } from '@authsec/core/adapter'
 *
 * console.log(parseUntrustedJson('{"id":12345678901234567890}', 200))
 * ```
 */
export function parseUntrustedJson(text: string, status: number): unknown {
  if (!isBounded(text)) throw invalidJson(status)
  try {
    return needsReviver(text) ? JSON.parse(text, reviveSafely) : JSON.parse(text)
  } catch {
    // Never chained: JSON.parse quotes its input.
    throw invalidJson(status)
  }
}

/** One pass over the text that skips strings, so that a deep document cannot overflow the stack. */
function isBounded(text: string): boolean {
  let depth = 0
  let values = 0
  for (let index = 0; index < text.length; index++) {
    switch (text.charCodeAt(index)) {
      case 0x22: // a string: jump to its end
        index = endOfString(text, index)
        break
      case 0x5b: // [
      case 0x7b: // {
        if (++depth > MAX_DEPTH) return false
        values++
        break
      case 0x5d: // ]
      case 0x7d: // }
        depth--
        break
      case 0x2c: // ,
        if (++values > MAX_VALUES) return false
    }
  }
  return true
}

/** The index of the quote that ends a string: the next one without an odd number of backslashes before it. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let escapes = 0
    while (text.charCodeAt(end - 1 - escapes) === 0x5c) escapes++
    if (escapes % 2 === 0) return end
  }
  return text.length
}

const FORBIDDEN_KEYS = ['__proto__', 'constructor', 'prototype']
const SUSPECTS = [...FORBIDDEN_KEYS, '\\u']

/** Whether the reviver is needed; an escape can spell any key. */
function needsReviver(text: string): boolean {
  return SUSPECTS.some((suspect) => text.includes(suspect)) || /\d(?:[eE]|\d{15})/.test(text)
}

function reviveSafely(
  this: unknown,
  key: string,
  value: unknown,
  context?: { source?: string },
): unknown {
  if (FORBIDDEN_KEYS.includes(key)) return undefined
  if (typeof value !== 'number') return value
  const isExact =
    Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value))
  return isExact ? value : (context?.source ?? String(value))
}

export function invalidJson(status: number): ResourceError {
  return resourceError(
    'invalid_response',
    'The API answered with JSON that is malformed, too deep or too large.',
    'Send the same request by hand to see the answer.',
    { status },
  )
}
