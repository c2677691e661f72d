import { ResourceError, type ResourceErrorCode } from './errors.ts'
import type { HttpFailure, HttpFailureKind } from './http.ts'
import type { Resource } from './resource-policy.ts'

interface Meaning {
  code: ResourceErrorCode
  problem: string
  hint: string
  retryable?: boolean
}

const meanings: Readonly<Record<HttpFailureKind, Meaning>> = {
  network: {
    code: 'network_error',
    problem: 'cannot be reached',
    hint: 'Check the base URL of the resource, the network, and whether the API is running.',
    retryable: true,
  },
  timeout: {
    code: 'timeout',
    problem: 'did not answer in time',
    hint: 'Try again, or raise `timeoutMs` of the resource.',
    retryable: true,
  },
  tls: {
    code: 'tls_error',
    problem: 'has a certificate that is not trusted',
    hint: 'Check the certificate; a private authority is added with NODE_EXTRA_CA_CERTS.',
  },
  redirect: {
    code: 'redirect_blocked',
    problem: 'answered with a redirect, which is never followed with a token',
    hint: 'Set the base URL of the resource to the final address of the API.',
  },
  too_large: {
    code: 'response_too_large',
    problem: 'sent more than the response limit allows',
    hint: 'Ask for less (a filter, a page), or raise `maxResponseBytes` of the resource.',
  },
  bad_encoding: {
    code: 'invalid_response',
    problem: 'sent a body that cannot be decoded',
    hint: 'The API should honour `accept-encoding: identity`.',
  },
  insecure: {
    code: 'tls_error',
    problem: 'may only be called over https',
    hint: 'Use an https:// base URL.',
  },
}

/** The error for a call of a protected API that got no usable answer. */
export function transportError(failure: HttpFailure, resource: Resource): ResourceError {
  const { code, problem, hint, retryable } = meanings[failure.kind]
  return new ResourceError({
    code,
    message: `${resource.name} ${problem}.`,
    hint,
    retryable,
    cause: failure,
  })
}
