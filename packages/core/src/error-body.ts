/** The five shapes of AuthSec's error bodies (contract 0.2), as one. */
export interface ErrorBody {
  /** The server's own word: a code, or a sentence from an older endpoint. `undefined` when the body is not JSON. */
  readonly error: string | undefined
  readonly isJson: boolean
}

export function parseErrorBody(text: string): ErrorBody {
  const body = parseObject(text)
  if (!body) return { error: undefined, isJson: false }
  const error = body['error']
  if (typeof error === 'string') return { error, isJson: true }
  // E3 nests: { error: { code, message } }.
  if (typeof error === 'object' && error !== null && 'code' in error) {
    return { error: String(error.code), isJson: true }
  }
  return { error: undefined, isJson: true }
}

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
