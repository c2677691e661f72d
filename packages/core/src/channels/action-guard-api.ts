import type { ClientConfig } from '../config/config.ts'
import type { Transport } from '../http/transport.ts'
import type { RiskMetadata } from '../options/risk-metadata.ts'
import { readEvaluation, readStatus } from './action-guard-answers.ts'
import { approvalError } from './approval-errors.ts'
import type { Channel } from './channel.ts'
import { polled, requestSender, START_TIMEOUT_MS, started } from './channel-request.ts'

const PATH = 'uflow/agent/actions/'

/** The Agent Action Guard (contract 6): the server rates the action, and asks a person when it is risky. */
export function createActionGuardApi(config: ClientConfig, transport: Transport): Channel {
  const send = requestSender(config, transport)

  /** The endpoints accept a session of a user, not the delegation token. */
  function session(): Record<string, string> {
    const { apiToken } = config
    if (apiToken === undefined) throw approvalError('session_required')
    return { authorization: `Bearer ${apiToken}` }
  }

  return {
    async start({ approver, bindingMessage, action }, signal) {
      const headers = session()
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
      const headers = session()
      const path = `${PATH}status?${new URLSearchParams({ action_req_id: authReqId })}`
      const { timeoutMs, clock } = config
      return polled(async () =>
        readStatus(await send({ path, headers, timeoutMs, signal }), clock.now()),
      )
    },
  }
}

function metadataOf(metadata: RiskMetadata | undefined): object | undefined {
  if (!metadata) return undefined
  const { rowCount, pii, financial, env } = metadata
  return { row_count: rowCount, pii, financial, env }
}
