import { AuthSecError } from '../errors.ts'
import type { BoundedSignal } from '../support/bounded-signal.ts'

/** Named as the codes of the errors it becomes. */
export type HttpFailureKind =
  | 'network_error'
  | 'address_blocked'
  | 'tls_error'
  | 'timeout'
  | 'redirect_blocked'
  | 'response_too_large'
  | 'invalid_response'

/** What had arrived of an answer when its body failed. Internal: headers are untrusted. */
export interface AnswerHead {
  readonly method: string
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
}

/** Why there is no response. Internal: callers turn it into an error of their own class. */
export class HttpFailure extends Error {
  override readonly name = 'HttpFailure'
  readonly kind: HttpFailureKind
  /** False when the request certainly never left this machine. */
  readonly mayHaveBeenSent: boolean
  readonly code: string | undefined
  /** Where a redirect points; untrusted. */
  readonly location: string | undefined
  /** Status and headers, when only the body failed. */
  answer: AnswerHead | undefined

  constructor(kind: HttpFailureKind, mayHaveBeenSent: boolean, code?: string, location?: string) {
    super(kind)
    this.kind = kind
    this.mayHaveBeenSent = mayHaveBeenSent
    this.code = code
    this.location = location
  }
}

/** Why a request ended: an abort or the deadline takes precedence over the failure that it caused. */
export function failureReason(
  { signal }: BoundedSignal,
  error: unknown,
  hasResponse: boolean,
): unknown {
  return signal.aborted ? signal.reason : toFailure(error, hasResponse)
}

const NEVER_SENT =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT)$/
const TIMEOUT = /^UND_ERR_(CONNECT|HEADERS|BODY)_TIMEOUT$/
const BAD_ENCODING = /^Z_|^ERR_(_ERROR_|BROTLI|ZLIB)/
const TLS =
  /^ERR_(TLS|SSL|OSSL)|CERT|^UNABLE_TO_|^CRL_|^INVALID_(CA|PURPOSE)$|PATH_LENGTH|HOSTNAME_MISMATCH|^EPROTO$/

function toFailure(error: unknown, hasResponse: boolean): Error {
  // An AuthSecError from a transport (mock mode without its emulator) is already complete.
  if (error instanceof HttpFailure || AuthSecError.isInstance(error)) return error
  const code = failureCode(error)
  if (code === undefined) return new HttpFailure('network_error', true)
  if (code === 'UND_ERR_HEADERS_OVERFLOW') return new HttpFailure('response_too_large', true, code)
  if (BAD_ENCODING.test(code)) return new HttpFailure('invalid_response', true, code)
  if (code === 'EBLOCKED') return new HttpFailure('address_blocked', false, code)
  if (TLS.test(code)) return new HttpFailure('tls_error', false, code)
  const mayHaveBeenSent = hasResponse || !NEVER_SENT.test(code)
  return new HttpFailure(TIMEOUT.test(code) ? 'timeout' : 'network_error', mayHaveBeenSent, code)
}

/** The code of an error, of its cause (fetch wraps) or of the first of several (dual-stack connects). */
function failureCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  if ('code' in error && typeof error.code === 'string') return error.code
  if (error instanceof AggregateError) return failureCode(error.errors[0])
  return failureCode(error.cause)
}
