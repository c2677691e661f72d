const MAX_DEPTH = 64
const MAX_VALUES = 100_000
/** A whole number of fewer digits is exact (ECMA-262, `Number.MAX_SAFE_INTEGER`). */
const ODD_DIGITS = 16
const UNCOUNTED = -2_147_483_648

const QUOTE = 0x22
const BACKSLASH = 0x5c

/** What is known of JSON before it is parsed. */
export interface JsonSurvey {
  /** At most 64 levels and 100 000 values. */
  readonly isBounded: boolean
  /** Whether a number outside strings has an exponent, or 16 digits before its point: JavaScript may not represent it. */
  readonly hasOddNumber: boolean
  /** Whether a string without escapes may be `__proto__` or `constructor`. */
  readonly mayHaveUnsafeName: boolean
}

const UNBOUNDED: JsonSurvey = { isBounded: false, hasOddNumber: false, mayHaveUnsafeName: false }

/**
 * One pass that skips strings, so that a deep document cannot overflow the stack. Over the bytes of the text in
 * UTF-8, which are read faster than its characters: all that is looked for is ASCII, and no byte of another
 * character is (RFC 3629 section 3).
 */
export function surveyJson(bytes: Uint8Array): JsonSurvey {
  const { length } = bytes
  let depth = 0
  let values = 0
  let digits = 0
  let hasOddNumber = false
  let mayHaveUnsafeName = false
  for (let index = 0; index < length; index++) {
    const code = bytes[index] as number
    if (code === QUOTE) {
      const start = index + 1
      index = endOfString(bytes, start)
      mayHaveUnsafeName ||= mayBeUnsafe(index - start, bytes[start])
      digits = 0
      continue
    }
    if (code >= 0x30 && code <= 0x39) {
      if (++digits === ODD_DIGITS) hasOddNumber = true
      continue
    }
    // An e or E after a digit.
    if (digits !== 0 && (code | 0x20) === 0x65) hasOddNumber = true
    // What follows a point makes no number larger, so those digits are not counted.
    digits = code === 0x2e ? UNCOUNTED : 0
    switch (code) {
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
  return { isBounded: true, hasOddNumber, mayHaveUnsafeName }
}

/** The index of the quote that ends a string. A backslash takes the next character with it. */
function endOfString(bytes: Uint8Array, start: number): number {
  const { length } = bytes
  let end = start
  for (; end < length; end++) {
    if (bytes[end] === QUOTE) break
    if (bytes[end] === BACKSLASH) end++
  }
  return end
}

/** By the length of `__proto__` and of `constructor`, and their first characters. */
function mayBeUnsafe(length: number, first: number | undefined): boolean {
  return (length === 9 && first === 0x5f) || (length === 11 && first === 0x63)
}
