import { Buffer } from '#runtime/platform/bytes'
import type { ResourceError } from '../errors.ts'
import { resourceError } from '../policy/resource-error.ts'
import { surveyJson } from './json-survey.ts'

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
  return parseBody(text, Buffer.from(text), status)
}

/** The same for a text of which the bytes are at hand, in UTF-8. */
export function parseBody(text: string, bytes: Uint8Array, status: number): ParsedJson {
  const { isBounded, hasOddNumber, mayHaveUnsafeName } = surveyJson(bytes)
  if (!isBounded) throw invalidJson(status)
  try {
    if (!hasOddNumber && !mayHaveUnsafeName && !mayHaveEscapedName(text)) {
      return { value: JSON.parse(text), droppedKeys: 0 }
    }
    const dropped = { keys: 0 }
    const value: unknown = JSON.parse(text, createReviver(dropped))
    return { value, droppedKeys: dropped.keys }
  } catch {
    // Never chained: JSON.parse quotes its input.
    throw invalidJson(status)
  }
}

/** An escape of a character that the unsafe names are made of: `_` and the letters. */
const ESCAPED_LETTER = /\\u00[5-7]/

/** Whether an escape may spell an unsafe name. */
function mayHaveEscapedName(text: string): boolean {
  return text.includes('\\u') && ESCAPED_LETTER.test(text)
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
