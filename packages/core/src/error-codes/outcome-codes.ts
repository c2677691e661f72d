import type { OutcomeCode } from '../tool/status-failure.ts'
import type { ErrorCodeEntry } from './entry.ts'
import type { RequestErrorCode } from './request-codes.ts'

/** Codes of the outcomes of tools that no error has. */
export const outcomeCodes: Readonly<
  Record<Exclude<OutcomeCode, RequestErrorCode>, ErrorCodeEntry>
> = {
  invalid_input: {
    meaning: 'The arguments of the model do not fit the tool, so nothing was sent.',
    cause: 'The model left out, invented or mistyped an argument.',
    fix: 'Let the model correct the arguments that the message names; if it happens often, describe them better in the input schema.',
  },
  bad_request: {
    meaning: 'The API did not accept the arguments (HTTP 400 or 422).',
    cause: 'The arguments fit the tool, but not the rules of the API.',
    fix: "Read the API's reason in `detail`, and tighten the input schema of the tool.",
  },
  unauthorized: {
    meaning: "The API did not accept the agent's token (HTTP 401).",
    cause:
      'The token is for another audience or tenant, has expired or was revoked, or the API verifies with other keys. `tokenProblem` says which, where the API tells it.',
    fix: 'Compare tenant and audience of the verifier in the API with those of the delegation; after a revocation let the administrator delegate again.',
  },
  forbidden: {
    meaning: 'The API does not let this agent do that (HTTP 403).',
    cause: 'The API has rules beyond the permissions of the token.',
    fix: "Ask the API's owner what this call needs.",
  },
  insufficient_scope: {
    meaning: "The API requires a permission that the agent's token does not have (HTTP 403).",
    cause: 'The delegation does not include the permission that the message names.',
    fix: 'Ask the AuthSec administrator to delegate this permission to the agent.',
  },
  not_found: {
    meaning: 'The API has nothing at this endpoint (HTTP 404).',
    cause: 'The record does not exist, or the base URL of the resource has the wrong path.',
    fix: 'Check the arguments, and the base URL of the resource.',
  },
  conflict: {
    meaning: 'The API refused the call because of a conflict with its present state (HTTP 409).',
    cause: 'Somebody else changed the record, or the same thing exists already.',
    fix: 'Read the present state from the API, and decide again.',
  },
  http_error: {
    meaning: 'The API refused the call with another HTTP status.',
    cause: 'The message has the status.',
    fix: "Look the status up in the API's documentation, and the call in its logs.",
  },
}
