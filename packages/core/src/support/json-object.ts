/** A JSON object without inherited keys in the way, or `undefined`. */
export function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? (value as Record<string, unknown>) : undefined
  } catch {
    // Never chained: JSON.parse quotes the start of its input, which may be a token.
    return undefined
  }
}

/**
 * The body of an answer as text, without a byte order mark at its beginning (RFC 8259 section 8.1). For bodies
 * only: a part of a JWT that begins with a mark is no JSON.
 */
export function bodyText(body: Uint8Array): string {
  return new TextDecoder().decode(body)
}
