import { type AuthSecErrorOptions, ResourceError } from '../errors.ts'
import {
  type AnswerHead,
  failureText,
  HttpFailure,
  type HttpFailureKind,
  PROXY_HINT,
} from '../http/http-failure.ts'
import type { HttpRequest } from '../http/send-request.ts'
import { resourceError } from '../policy/resource-error.ts'
import type { Resource } from '../policy/resource-policy.ts'
import { isIdempotent } from './api-call.ts'

/** The API's name comes before the problem. */
const failures: Readonly<
  Record<HttpFailureKind, readonly [problem: string, hint: string, retryable?: boolean]>
> = {
  network_error: ['cannot be reached', 'Check the base URL, the network and the API.', true],
  timeout: [
    'did not answer in time',
    'Try again, or raise `timeoutMs` of the resource or of the call.',
    true,
  ],
  address_blocked: [
    'resolves to an address that is never connected to',
    'Check the base URL and the resolver: plain http reaches loopback only, and link-local and metadata addresses are refused.',
  ],
  tls_error: [
    'has no certificate that is trusted',
    'Check the base URL; a private authority is added with NODE_EXTRA_CA_CERTS.',
  ],
  proxy_refused: ['is refused by the proxy', PROXY_HINT],
  redirect_blocked: [
    'answered with a redirect, which is not followed',
    'Set the base URL to the final address of the API.',
  ],
  response_too_large: [
    'sent more than the response limit allows',
    'Ask for less, or raise `maxResponseBytes` of the resource, or of the call of `client.fetch`, or `maxAnswerBytes` of the operation.',
  ],
  invalid_response: [
    'sent a body that cannot be decoded',
    'The API should honour `accept-encoding: identity`.',
  ],
}

/** A failure of the transport as the error for this resource; anything else as it is. */
export function asResourceError(error: unknown, resource: Resource, http?: Sent): unknown {
  if (!(error instanceof HttpFailure)) return error
  const [problem, hint, isTransient = false] = failures[error.kind]
  const { name } = resource
  if (error.answer) return unusableAnswer(error, error.answer, { name, hint, http })
  const isUnknown =
    isTransient && error.mayHaveBeenSent && http !== undefined && !isIdempotent(http)
  const sentence = isUnknown
    ? `${name} ${problem}, so it is not known whether the call was carried out.`
    : `${name} ${problem}.`
  const retryable = isTransient && !isUnknown
  const text = failureText(error, name, [sentence, hint])
  return resourceError(error.kind, text.message, text.hint, { retryable, cause: error })
}

/**
 * What is said about a call whose status is known and whose body cannot be used. After a 2xx the call was
 * carried out: whoever reads of a failure would repeat it, and pay twice or delete the wrong thing.
 */
const bodyProblems: Readonly<Partial<Record<HttpFailureKind, string>>> = {
  network_error: 'was cut off',
  timeout: 'did not arrive in time',
  response_too_large: 'is larger than the response limit allows',
}

const DO_NOT_REPEAT = ' The call was carried out: do not repeat it.'
const LOOK_FIRST = ' To see the result of this call, read it from the API.'

type Sent = Pick<HttpRequest, 'method' | 'headers' | 'isKeyed'>

/** The error for an answer whose body failed on its way. */
function unusableAnswer(
  failure: HttpFailure,
  { method, status }: AnswerHead,
  {
    name,
    hint,
    http = { method, headers: {} },
  }: { name: string; hint: string; http?: Sent | undefined },
): ResourceError {
  const { kind } = failure
  const problem = bodyProblems[kind] ?? 'cannot be decoded'
  const isTransient = kind === 'network_error' || kind === 'timeout'
  return new ResourceError({
    code: kind,
    ...told(`${name} answered with HTTP ${status}, but the body ${problem}.`, hint, status, http),
    retryable: isTransient && isIdempotent(http),
    cause: failure,
  })
}

/** The error for a body that arrived and cannot be used, with what its status says about the call. */
export function unusableBody(error: unknown, http: Sent): unknown {
  if (!ResourceError.isInstance(error) || error.status === undefined) return error
  const { code, message, hint, status } = error
  return new ResourceError({ code, ...told(message, hint, status, http) })
}

function told(
  message: string,
  hint: string,
  status: number,
  http: Sent,
): Pick<AuthSecErrorOptions<string>, 'message' | 'hint' | 'status' | 'carriedOut'> {
  const isSuccess = status >= 200 && status < 300
  if (!isSuccess) return { message, hint, status }
  if (isIdempotent(http)) return { message, hint, status, carriedOut: true }
  return { message: message + DO_NOT_REPEAT, hint: hint + LOOK_FIRST, status, carriedOut: true }
}
