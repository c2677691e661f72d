import type { ResourceErrorCode } from '../errors.ts'
import { resourceHints } from '../policy/resource-error.ts'
import type { ErrorCodeEntry } from './entry.ts'
import type { RequestErrorCode } from './request-codes.ts'

/** Calls of protected APIs that are refused before they are sent, or whose answer is not passed on. */
export const resourceCodes: Readonly<
  Record<Exclude<ResourceErrorCode, RequestErrorCode>, ErrorCodeEntry>
> = {
  resource_unknown: {
    meaning: 'No protected API is configured for this call, so no token is sent.',
    cause: 'The name or the URL of the call belongs to no entry of `resources`.',
    fix: 'List the API in `resources` of the client, or set AUTHSEC_API_URL, if the agent may call it.',
  },
  endpoint_refused: {
    meaning: 'The endpoint or one of its path parameters is not a plain path below the API.',
    cause: 'It has dots, slashes, an encoding, a query or a host that would lead somewhere else.',
    fix: 'Give a plain path below the API, such as customers/42/billing, and pass the query separately.',
  },
  method_refused: {
    meaning: 'This HTTP method is not allowed for the API.',
    cause: 'The resource allows GET alone unless `methods` names more.',
    fix: 'Add the method to `methods` of the resource if the agent may use it.',
  },
  query_refused: {
    meaning: 'A value of the query cannot be sent.',
    cause: 'It is an object, a list of lists, a number that is not exact, or far too long.',
    fix: 'Give texts, finite numbers, booleans and lists of them; a long number as text.',
  },
  header_refused: {
    meaning: 'A header of the call is not allowed.',
    cause: 'It carries credentials, concerns the connection, or has characters that no header has.',
    fix: resourceHints.header_refused,
  },
  request_too_large: {
    meaning: 'The request body is larger than is sent.',
    cause: 'A JSON body has at most 256 KiB, and a body that is read into memory 16 MiB.',
    fix: 'Send less, or in several calls, or pass a stream as `body` of `client.fetch`.',
  },
  body_not_json: {
    meaning: 'The request body cannot be written as JSON.',
    cause: 'It holds a function, a BigInt, NaN, an invalid date or a reference to itself.',
    fix: resourceHints.body_not_json,
  },
  body_unsupported: {
    meaning: 'This request cannot have this body.',
    cause: 'The method has no body, the body has an unknown kind, or its stream failed.',
    fix: 'Put the values in `query`, or use another method or another kind of body.',
  },
  permission_missing: {
    meaning: "The agent's delegation does not include a permission that this call needs.",
    cause:
      'The administrator delegated fewer permissions than the resource or the operation names.',
    fix: 'Ask the AuthSec administrator to delegate the permission to this agent, or correct `permissions` of the resource.',
  },
  audit_unavailable: {
    meaning: 'The audit log is required and has no line about the call, so nothing was sent.',
    cause: 'Its disk is full or slow, its folder may not be written, or the log was closed before.',
    fix: 'Look at `systemCode` and at the folder of the audit log, and close the log after the last call.',
  },
  audience_mismatch: {
    meaning: "The agent's token was not issued for this API, so it is not sent there.",
    cause: 'The audience of the delegation does not name the API.',
    fix: 'Delegate with the audience of the API, or correct `audience` of the resource.',
  },
  budget_exceeded: {
    meaning: 'The agent has used up what it may use for now.',
    cause: 'It calls in a loop, reads more than was planned, or runs too many calls at once.',
    fix: 'Stop calling and wait until `retryAt`, or raise `budget` of the client if the agent may need more.',
  },
  response_too_large: {
    meaning: 'The API sent more than the response limit allows.',
    cause: 'The call asks for too much at once, or the API answers without pages.',
    fix: 'Ask for less, or raise `maxResponseBytes` of the resource, or of the call of `client.fetch`, or `maxAnswerBytes` of the operation.',
  },
  unexpected_content_type: {
    meaning:
      'The API answered with something other than what the call reads: JSON, unless `answer` says more.',
    cause: 'A login page, a proxy or another web server answered, or the endpoint sends files.',
    fix: resourceHints.unexpected_content_type,
  },
}
