import { cloudMessages } from '../cloud/cloud-errors.ts'
import type { CloudExchangeErrorCode, DelegationErrorCode } from '../errors.ts'
import { delegationMessages as messages } from '../token/delegation-errors.ts'
import { type ErrorCodeEntry, entryOf } from './entry.ts'
import type { RequestErrorCode } from './request-codes.ts'

type Code = Exclude<DelegationErrorCode | CloudExchangeErrorCode, RequestErrorCode>

/** Why there is no delegation token, and no credentials for a cloud. */
export const delegationCodes: Readonly<Record<Code, ErrorCodeEntry>> = {
  client_id_rejected: entryOf(
    messages.client_id_rejected,
    'The client ID was copied with a mistake, or is of another kind.',
  ),
  access_refused: entryOf(
    messages.access_refused,
    'The session token belongs to somebody who may not read the token of this agent.',
  ),
  client_not_found: entryOf(
    messages.client_not_found,
    'The client ID is of another AuthSec server, or the agent was deleted.',
  ),
  no_active_delegation: entryOf(
    messages.no_active_delegation,
    'Nobody has delegated to this agent yet, or an administrator revoked the delegation, or it ran out.',
  ),
  delegation_expired: entryOf(
    messages.delegation_expired,
    'The administrator delegated for a limited time, which is over.',
  ),
  wrong_client: entryOf(
    messages.wrong_client,
    'A cache or proxy between client and AuthSec answers with what it kept for somebody else.',
  ),
  wrong_base_url: entryOf(
    messages.wrong_base_url,
    'Another web server answers at the base URL, or the base URL has a path that is not the root of AuthSec.',
  ),
  client_closed: entryOf(messages.client_closed, 'The program called `close` before this call.'),
  not_available: entryOf(
    cloudMessages.not_available,
    'The exchange is not built or not enabled on this server.',
  ),
}
