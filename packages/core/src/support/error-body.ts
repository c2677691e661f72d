import { parseObject } from './json-object.ts'

/** The five shapes of AuthSec's error bodies (contract 0.2), as one. */
export interface ErrorBody {
  /** The server's error: a code, or a sentence from an older endpoint. `undefined` when the body is not JSON. */
  readonly error: string | undefined
  readonly isJson: boolean
}

export function parseErrorBody(text: string): ErrorBody {
  const body = parseObject(text)
  const error = body?.['error']
  // E3 nests: { error: { code, message } }.
  const isNested = typeof error === 'object' && error !== null && 'code' in error
  const word = isNested ? String(error.code) : error
  return { error: typeof word === 'string' ? word : undefined, isJson: body !== undefined }
}
