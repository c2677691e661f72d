import { Buffer } from '#runtime/platform/bytes'
import { AuthSecError, systemCodeOf } from '../errors.ts'
import type { Cancellation } from '../support/bounded-signal.ts'
import type { Transport } from './transport.ts'

/** Named as the codes of the errors it becomes. */
export type HttpFailureKind =
  | 'network_error'
  | 'address_blocked'
  | 'tls_error'
  | 'proxy_refused'
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
  /** Which side speaks TLS while the other does not. */
  mismatch: 'server_without_tls' | 'server_with_tls' | undefined
  /** The server closed a plain connection in place of an answer. */
  isCutOff = false
  /** What to look at besides the remedy of the kind, as a sentence. */
  advice: string | undefined

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
  { isAborted, reason: given }: Cancellation,
  error: unknown,
  hasResponse: boolean,
  { protocol }: Pick<URL, 'protocol'>,
): unknown {
  if (isAborted) return given
  const reason = toFailure(error, hasResponse)
  if (!hasResponse && reason instanceof HttpFailure) noteMismatch(reason, error, protocol)
  return reason
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

const REACHING: readonly HttpFailureKind[] = [
  'network_error',
  'timeout',
  'tls_error',
  'proxy_refused',
]

/** Adds what the transport knows about the way to a server that did not answer. */
export function addAdvice(failure: unknown, adviceFor: Transport['adviceFor'], url: URL): void {
  if (failure instanceof HttpFailure && REACHING.includes(failure.kind)) {
    failure.advice ??= adviceFor?.(url, failure.kind === 'tls_error')
  }
}

/** The first bytes of an answer are no TLS record. `EPROTO` has the reason in its text only. */
const NO_TLS =
  /^ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|RECORD_LAYER_FAILURE|UNKNOWN_PROTOCOL|HTTP_REQUEST)$/
const NO_TLS_TEXT =
  /wrong version number|packet length too long|record layer failure|unknown protocol/

function noteMismatch(failure: HttpFailure, error: unknown, protocol: string): void {
  const { code = '' } = failure
  if (protocol === 'http:') {
    if (isTlsAlert(error)) Object.assign(failure, plainToTls())
    else if (code === 'UND_ERR_SOCKET' || code === 'ECONNRESET') failure.isCutOff = true
  } else if (NO_TLS.test(code) || (code === 'EPROTO' && NO_TLS_TEXT.test(textsOf(error)))) {
    failure.mismatch = 'server_without_tls'
  }
}

/** The failure of plain http to a port on which the server speaks TLS. */
export function plainToTls(): HttpFailure {
  const failure = new HttpFailure('tls_error', false)
  failure.mismatch = 'server_with_tls'
  return failure
}

/** A TLS alert in place of HTTP (RFC 8446 section 5.1): undici hands out what it could not parse. */
function isTlsAlert(error: unknown): boolean {
  const data: unknown = error instanceof Error && 'data' in error ? error.data : undefined
  const [first, version] = data instanceof Uint8Array ? data : Buffer.from(String(data ?? ''))
  return (first === 0x15 && version === 3) || (error instanceof Error && isTlsAlert(error.cause))
}

/** The texts of an error and its causes. They decide, and are passed on to nobody. */
function textsOf(error: unknown): string {
  return error instanceof Error ? `${error.message} ${textsOf(error.cause)}` : ''
}

/** The remedy where the proxy answered CONNECT with an error. */
export const PROXY_HINT =
  'With 407 put user name and password into the URL of the proxy; else allow this server in the proxy.'

/** What is told about a failure: the code of the system, a mismatch of TLS, and further advice. */
export function failureText(
  failure: HttpFailure,
  server: string,
  [message, hint]: readonly [message: string, hint: string],
): { message: string; hint: string } {
  const { mismatch, advice } = failure
  const code = systemCodeOf(failure)
  const [said, remedy] = mismatch
    ? mismatchText(mismatch, server)
    : (certificateText(code, message) ?? cutOffText(failure, [message, hint]))
  return {
    message: code === undefined ? said : said.replace(/(, so .*)?\.$/, ` (${code})$1.`),
    hint: advice === undefined ? remedy : `${remedy} ${advice}`,
  }
}

function cutOffText(
  { isCutOff }: HttpFailure,
  [message, hint]: readonly [message: string, hint: string],
): readonly [message: string, hint: string] {
  if (!isCutOff) return [message, hint]
  const said = message.replace('cannot be reached', 'closed the connection without an answer')
  return [said, `${hint} If the server speaks TLS on this port, write https:// in the URL.`]
}

const CERTIFICATES: readonly (readonly [code: RegExp, problem: string, remedy: string])[] = [
  [
    /SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)/,
    'it is self-signed, or of an authority that this program does not know',
    'Name the certificate of the authority in NODE_EXTRA_CA_CERTS before the program starts.',
  ],
  [
    /^CERT_HAS_EXPIRED$/,
    'it has expired',
    'Renew the certificate of the server, and check the clock of this machine.',
  ],
  [
    /^CERT_NOT_YET_VALID$/,
    'it is not valid yet',
    'Check the clock of this machine and the certificate of the server.',
  ],
  [
    /ALTNAME|HOSTNAME_MISMATCH/,
    'it is for another name',
    'Use a name in the URL that the certificate of the server has.',
  ],
]

/** What is wrong with a certificate, where the code of TLS says it. */
function certificateText(
  code: string | undefined,
  message: string,
): readonly [message: string, hint: string] | undefined {
  const known = CERTIFICATES.find(([pattern]) => code !== undefined && pattern.test(code))
  const [, problem, remedy] = known ?? []
  if (problem === undefined || remedy === undefined) return undefined
  return [message.replace(/(, so .*)?\.$/, `: ${problem}$1.`), remedy]
}

function mismatchText(
  mismatch: NonNullable<HttpFailure['mismatch']>,
  server: string,
): readonly [message: string, hint: string] {
  return mismatch === 'server_without_tls'
    ? [
        `${server} does not speak TLS on this port.`,
        'Correct the port, or write http:// if the server is on this machine: plain http is for such servers only.',
      ]
    : [
        `${server} speaks TLS on this port, and was asked in plain http.`,
        'Write https:// in the URL.',
      ]
}
