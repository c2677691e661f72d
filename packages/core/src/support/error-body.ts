import { parseObject } from './json-object.ts'

/** What is said of a web page in place of AuthSec's JSON: it is of another server, a login page or a proxy. */
export const WEB_PAGE_HINT =
  'Check AUTHSEC_BASE_URL: another web server, a login page or a proxy answers there.'

export function isWebPage({
  headers,
}: {
  readonly headers: Readonly<Record<string, string>>
}): boolean {
  return /^\s*(text\/html|application\/xhtml)/i.test(headers['content-type'] ?? '')
}

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
