import type { Rows } from './row.ts'

/** Approvals. */
export const approvalCodes = {
  approvals_missing: [
    'error',
    'The server has no endpoint for this kind of approval.',
    'Newer servers have no tenant flow, and a gateway may pass only some paths on.',
    'Use the flow that the server has (option `ciba.flow`), or pass /authsec/uflow/auth on.',
  ],
  approvals_failed: [
    'error',
    'The endpoint for approvals does not answer as it should.',
    'The server or its database fails, or something in front of it answers.',
    'Look into the logs of the server.',
  ],
  approvals_client_rejected: [
    'error',
    'AuthSec does not accept the client of the approvals.',
    'The CIBA client ID or its secret is wrong. It is another one than that of the agent.',
    'Correct --ciba-client-id, and AUTHSEC_CIBA_CLIENT_SECRET.',
  ],
  approvals_deprecated: [
    'warning',
    'The server will remove this kind of approval.',
    'It marks the flow as deprecated.',
    'Move to the workspace flow: `ciba.clientId` and `ciba.clientSecret`.',
  ],
  approver_malformed: [
    'error',
    'The approver is not an e-mail address.',
    'AuthSec finds approvers by their e-mail address.',
    'Write the e-mail address with which the approver is registered.',
  ],
} as const satisfies Rows
