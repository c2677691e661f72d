import type { ClientConfig } from '../config/config.ts'
import type { Emit } from '../events.ts'
import type { AuthSecServer } from '../limiter/authsec-server.ts'
import type { RiskMetadata } from '../options/risk-metadata.ts'
import { readEvaluation, readStatus } from './action-guard-answers.ts'
import { approvalError } from './approval-errors.ts'
import type { Channel } from './channel.ts'
import { polled, requestSender, START_TIMEOUT_MS, started } from './channel-request.ts'
import { isSomebodyElse, signedClaims } from './session-claims.ts'

const PATH = 'uflow/agent/actions/'

/** The Agent Action Guard (contract 6): the server rates the action, and asks a person when it is risky. */
export function createActionGuardApi(
  config: ClientConfig,
  server: AuthSecServer,
  emit: Emit,
): Channel {
  const send = requestSender(config, server, emit)

  /** The endpoints accept a session of a user, not the delegation token. */
  function session(): string {
    if (config.apiToken === undefined) throw approvalError('session_required')
    return config.apiToken
  }

  /** The server asks the user of the session, whomever the request names (contract 6). */
  function sessionOf(approver: string): string {
    const token = session()
    const claims = signedClaims(token)
    if (!claims || !isSomebodyElse(claims, approver)) return token
    throw approvalError('approver_mismatch', { message: OTHER_SESSION, hint: OTHER_SESSION_HINT })
  }

  return {
    async start({ approver, bindingMessage, action }, signal) {
      const headers = bearer(sessionOf(approver))
      const fields = {
        client_id: config.ciba.clientId ?? config.clientId,
        agent_id: config.clientId,
        action: action.action,
        resource: action.resource,
        user_email: approver,
        detail: bindingMessage,
        metadata: metadataOf(action.metadata),
      }
      const path = `${PATH}evaluate`
      const timeoutMs = START_TIMEOUT_MS
      return started(async () => ({
        flow: 'action-guard',
        ...readEvaluation(await send({ path, headers, fields, timeoutMs, signal })),
      }))
    },

    async poll({ authReqId }, signal) {
      const headers = bearer(session())
      const path = `${PATH}status?${new URLSearchParams({ action_req_id: authReqId })}`
      const { timeoutMs, clock } = config
      return polled(
        async () => readStatus(await send({ path, headers, timeoutMs, signal }), clock.now()),
        clock.now,
      )
    },
  }
}

const OTHER_SESSION =
  'The session of apiToken is of somebody else than the approver, and AuthSec asks the user of the session, so nobody was asked and nothing was done.'
const OTHER_SESSION_HINT =
  'Name the user of AUTHSEC_API_TOKEN (option apiToken) as the approver, or use `channel: "ciba"`.'

function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` }
}

function metadataOf(metadata: RiskMetadata | undefined): object | undefined {
  if (!metadata) return undefined
  const { rowCount, pii, financial, env } = metadata
  return { row_count: rowCount, pii, financial, env }
}
