import { HttpFailure, type HttpFailureKind } from '../http/http-failure.ts'
import { resourceError } from '../policy/resource-error.ts'
import type { Resource } from '../policy/resource-policy.ts'

/** The API's name comes before the problem. */
const messages: Readonly<
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
  redirect_blocked: [
    'answered with a redirect, which is not followed',
    'Set the base URL to the final address of the API.',
  ],
  response_too_large: [
    'sent more than the response limit allows',
    'Ask for less, or raise `maxResponseBytes` of the resource, or of the call of `client.fetch`.',
  ],
  invalid_response: [
    'sent a body that cannot be decoded',
    'The API should honour `accept-encoding: identity`.',
  ],
}

/** A failure of the transport as the error for this resource; anything else as it is. */
export function asResourceError(error: unknown, resource: Resource): unknown {
  if (!(error instanceof HttpFailure)) return error
  const [problem, hint, retryable] = messages[error.kind]
  const message = `${resource.name} ${problem}.`
  return resourceError(error.kind, message, hint, { retryable, cause: error })
}
