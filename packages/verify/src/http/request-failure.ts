/** What to look at when this server could not be reached, as a sentence. */
export type AdviceFor = (url: URL, isReached: boolean) => string | undefined

/** Why a request got no usable response. Its message quotes nothing of the request. */
export class RequestFailure extends Error {
  override readonly name = 'RequestFailure'
  /** What the system or TLS calls the failure, such as `ECONNREFUSED`. */
  readonly systemCode: string | undefined
  /** What to look at, as sentences. */
  readonly advice: string | undefined

  constructor(systemCode: string | undefined, advice: string | undefined) {
    super('There is no usable response.')
    this.systemCode = systemCode
    this.advice = advice
  }
}

/** What callers learn of the error of a request, which may quote it. */
export function requestFailure(
  error: unknown,
  url: URL,
  adviceFor: AdviceFor | undefined,
): RequestFailure {
  const code = codeOf(error)
  const ofTls = tlsAdvice(error, code, url) ?? certificateAdvice(code)
  const texts = [ofTls, adviceFor?.(url, ofTls !== undefined)]
  const advice = texts.filter((text) => text !== undefined).join(' ')
  return new RequestFailure(code, advice || undefined)
}

/** The code of an error, of its cause (fetch wraps) or of the first of several (dual-stack connects). */
function codeOf(error: unknown, depth = 0): string | undefined {
  if (!(error instanceof Error) || depth > 5) return undefined
  const code: unknown = 'code' in error ? error.code : undefined
  // A foreign error may have any text there.
  if (typeof code === 'string') return /^[A-Z][A-Z0-9_]{2,63}$/.test(code) ? code : undefined
  return codeOf(error instanceof AggregateError ? error.errors[0] : error.cause, depth + 1)
}

const NO_TLS =
  /^ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|RECORD_LAYER_FAILURE|UNKNOWN_PROTOCOL|HTTP_REQUEST)$/
const NO_TLS_TEXT =
  /wrong version number|packet length too long|record layer failure|unknown protocol/

function tlsAdvice(error: unknown, code = '', { protocol }: URL): string | undefined {
  if (protocol === 'http:') {
    const isCutOff = /^(ECONNRESET|UND_ERR_SOCKET|HPE_INVALID_CONSTANT)$/.test(code)
    return isCutOff ? 'If the server speaks TLS on this port, write https.' : undefined
  }
  const isPlain = NO_TLS.test(code) || (code === 'EPROTO' && NO_TLS_TEXT.test(String(error)))
  return isPlain ? 'The server does not speak TLS on this port.' : undefined
}

const CERTIFICATES: readonly (readonly [code: RegExp, advice: string])[] = [
  [
    /SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)/,
    'Its certificate is self-signed, or of an authority that this program does not know: name the certificate of the authority in NODE_EXTRA_CA_CERTS.',
  ],
  [/^CERT_HAS_EXPIRED$/, 'Its certificate has expired: renew it, and check the clock here.'],
  [/^CERT_NOT_YET_VALID$/, 'Its certificate is not valid yet: check the clock here.'],
  [/ALTNAME|HOSTNAME_MISMATCH/, 'Its certificate is for another name: use one that it has.'],
]

function certificateAdvice(code = ''): string | undefined {
  return CERTIFICATES.find(([pattern]) => pattern.test(code))?.[1]
}
