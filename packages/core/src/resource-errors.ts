import type { ResourceError, ResourceErrorCode } from './errors.ts'
import type { HttpFailure, HttpFailureKind } from './http.ts'
import { refusal } from './refusal.ts'
import type { Resource } from './resource-policy.ts'

/** What is said of the API: its name comes before the problem. */
const meanings: Readonly<
  Record<
    HttpFailureKind,
    readonly [code: ResourceErrorCode, problem: string, hint: string, retryable?: boolean]
  >
> = {
  network: [
    'network_error',
    'cannot be reached',
    'Check the base URL of the resource, the network, and whether the API is running.',
    true,
  ],
  timeout: [
    'timeout',
    'did not answer in time',
    'Try again, or raise `timeoutMs` of the resource.',
    true,
  ],
  tls: [
    'tls_error',
    'has a certificate that is not trusted',
    'Check the certificate; a private authority is added with NODE_EXTRA_CA_CERTS.',
  ],
  redirect: [
    'redirect_blocked',
    'answered with a redirect, which is never followed with a token',
    'Set the base URL of the resource to the final address of the API.',
  ],
  too_large: [
    'response_too_large',
    'sent more than the response limit allows',
    'Ask for less (a filter, a page), or raise `maxResponseBytes` of the resource.',
  ],
  bad_encoding: [
    'invalid_response',
    'sent a body that cannot be decoded',
    'The API should honour `accept-encoding: identity`.',
  ],
  insecure: ['tls_error', 'may only be called over https', 'Use an https:// base URL.'],
}

/** The error for a call of a protected API that got no usable answer. */
export function transportError(failure: HttpFailure, resource: Resource): ResourceError {
  const [code, problem, hint, retryable] = meanings[failure.kind]
  return refusal(code, `${resource.name} ${problem}.`, hint, { retryable, cause: failure })
}
