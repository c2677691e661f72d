import type { ResourceError } from '../errors.ts'
import { resourceError } from '../policy/resource-error.ts'

const MAX_DEPTH = 64
const MAX_VALUES = 100_000
/** A whole number of fewer digits is exact (ECMA-262, `Number.MAX_SAFE_INTEGER`). */
const ODD_DIGITS = 16
const UNCOUNTED = -2_147_483_648

/** What was parsed, and how many of its keys were left out. */
export interface ParsedJson {
  readonly value: unknown
  /** Keys that would reach the prototype of whatever object the data is copied into. 0 for honest data. */
  readonly droppedKeys: number
}

/**
 * Parses JSON from an untrusted source: at most 64 levels and 100 000 values, and with numbers that
 * JavaScript cannot represent kept as their text. Names such as `constructor` and `toString` are data and
 * are kept. Dropped and counted are `__proto__`, and an object called `prototype` directly inside one called
 * `constructor`: merging them into another object would change the prototype of all objects.
 *
 * @param status - The HTTP status of the answer, for the error.
 * @throws ResourceError - `invalid_response` for malformed, too deep or too large JSON.
 *
 * @example
 * ```ts
 * import { parseUntrustedJson } from '@authsec/core/adapter'
 *
 * const { value, droppedKeys } = parseUntrustedJson('{"id":12345678901234567890}', 200)
 * console.log(value, droppedKeys)
 * ```
 */
export function parseUntrustedJson(text: string, status: number): ParsedJson {
  const { isBounded, isPlain } = survey(text)
  if (!isBounded) throw invalidJson(status)
  try {
    if (isPlain && !mayEscapeKey(text)) return { value: JSON.parse(text), droppedKeys: 0 }
    const dropped = { keys: 0 }
    const value: unknown = JSON.parse(text, createReviver(dropped))
    return { value, droppedKeys: dropped.keys }
  } catch {
    // Never chained: JSON.parse quotes its input.
    throw invalidJson(status)
  }
}

/** What is known of JSON before it is parsed. */
interface Survey {
  readonly isBounded: boolean
  /**
   * Whether no number outside strings has an exponent, or 16 digits before its point, so that JavaScript represents
   * each, and no string is the name of an unsafe key.
   */
  readonly isPlain: boolean
}

const UNBOUNDED: Survey = { isBounded: false, isPlain: false }

/** One pass over the text that skips strings, so that a deep document cannot overflow the stack. */
function survey(text: string): Survey {
  let depth = 0
  let values = 0
  let digits = 0
  let isPlain = true
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code >= 0x30 && code <= 0x39) {
      if (++digits === ODD_DIGITS) isPlain = false
      continue
    }
    // An e or E after a digit.
    if (digits !== 0 && (code | 0x20) === 0x65) isPlain = false
    // What follows a point makes no number larger, so those digits are not counted.
    digits = code === 0x2e ? UNCOUNTED : 0
    switch (code) {
      case 0x22: {
        // a string: jump to its end
        const start = index + 1
        index = endOfString(text, start)
        if (isUnsafeName(text, start, index)) isPlain = false
        break
      }
      case 0x5b: // [
      case 0x7b: // {
        if (++depth > MAX_DEPTH) return UNBOUNDED
        values++
        break
      case 0x5d: // ]
      case 0x7d: // }
        depth--
        break
      case 0x2c: // ,
        if (++values > MAX_VALUES) return UNBOUNDED
    }
  }
  return { isBounded: true, isPlain }
}

/** Characters of a string that are compared one by one: most keys end within them, and a search costs more to start. */
const NEAR = 16

/** The index of the quote that ends a string: the next one without an odd number of backslashes before it. */
function endOfString(text: string, start: number): number {
  for (let end = start; end < start + NEAR; end++) {
    const code = text.charCodeAt(end)
    if (code === 0x22) return end
    if (code === 0x5c) break
  }
  for (let end = text.indexOf('"', start); end !== -1; end = text.indexOf('"', end + 1)) {
    let escapes = 0
    while (text.charCodeAt(end - 1 - escapes) === 0x5c) escapes++
    if (escapes % 2 === 0) return end
  }
  return text.length
}

function isUnsafeName(text: string, start: number, end: number): boolean {
  const length = end - start
  if (length === 9) return text.startsWith('__proto__', start)
  return length === 11 && text.startsWith('constructor', start)
}

/** Whether an escape may spell a letter of an unsafe name, or its `_`. */
function mayEscapeKey(text: string): boolean {
  return text.includes('\\u') && /\\u00[5-7]/.test(text)
}

type Reviver = (
  this: unknown,
  key: string,
  value: unknown,
  context?: { source?: string },
) => unknown

function createReviver(dropped: { keys: number }): Reviver {
  return function revive(_key, value, context) {
    if (typeof value === 'number') return exactNumber(value, context?.source)
    if (typeof value !== 'object' || value === null) return value
    // From the inside out: what is in the value was revived before.
    dropped.keys += withoutKey(value, '__proto__')
    if (Object.hasOwn(value, 'constructor')) {
      dropped.keys += withoutPrototype(Reflect.get(value, 'constructor'))
    }
    return value
  }
}

function withoutPrototype(value: unknown): number {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, 'prototype')) return 0
  const isObject = typeof Reflect.get(value, 'prototype') === 'object'
  return isObject ? withoutKey(value, 'prototype') : 0
}

function withoutKey(value: object, key: string): number {
  if (!Object.hasOwn(value, key)) return 0
  Reflect.deleteProperty(value, key)
  return 1
}

function exactNumber(value: number, source: string | undefined): number | string {
  const isExact =
    Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value))
  return isExact ? value : (source ?? String(value))
}

export function invalidJson(status: number): ResourceError {
  return resourceError(
    'invalid_response',
    'The API answered with JSON that is malformed, too deep or too large.',
    'Send the same request by hand to see the answer.',
    { status },
  )
}
