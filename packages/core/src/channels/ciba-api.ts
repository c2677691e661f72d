import { Buffer } from '#runtime/platform/bytes'
import type { CibaConfig } from '../config/client-options.ts'
import type { ClientConfig } from '../config/config.ts'
import type { Emit } from '../events.ts'
import type { HttpResponse } from '../http/send-request.ts'
import type { AuthSecServer } from '../limiter/authsec-server.ts'
import type { CibaFlow } from '../pending.ts'
import type { Channel, ChannelQuestion } from './channel.ts'
import { polled, requestSender, START_TIMEOUT_MS, started } from './channel-request.ts'
import { readPoll, readStart } from './ciba-answers.ts'

const PATHS: Readonly<Record<CibaFlow, string>> = {
  admin: 'uflow/auth/ciba/',
  tenant: 'uflow/auth/tenant/ciba/',
  workspace: 'uflow/auth/workspace/ciba/',
}

/** The CIBA endpoints (contract 3). */
export function createCibaApi(config: ClientConfig, server: AuthSecServer, emit: Emit): Channel {
  const { ciba } = config
  const send = requestSender(config, server, emit)
  const clientId = ciba.clientId ?? config.clientId

  function post(
    flow: CibaFlow,
    step: 'initiate' | 'token',
    fields: object,
    timeoutMs: number,
    signal: AbortSignal | undefined,
  ): Promise<HttpResponse> {
    return send({
      path: PATHS[flow] + step,
      headers: flow === 'workspace' ? basicCredentials(ciba) : {},
      fields: { ...fields, client_id: clientId },
      timeoutMs,
      signal,
    })
  }

  function fieldsOf(flow: CibaFlow, question: ChannelQuestion): object {
    const { approver, bindingMessage, scopes } = question
    const common = {
      binding_message: bindingMessage,
      client_notification_token: ciba.notificationToken,
    }
    return flow === 'admin'
      ? { ...common, login_hint: approver, scopes }
      : { ...common, email: approver, scopes: scopes ?? ['openid'] }
  }

  return {
    start(question, signal) {
      const flow = flowOf(ciba)
      const fields = fieldsOf(flow, question)
      return started(async () => {
        const response = await post(flow, 'initiate', fields, START_TIMEOUT_MS, signal)
        // The tenant flow was renamed: where the old path is missing, nobody has been asked yet.
        if (flow === 'tenant' && isMissingPath(response)) {
          const renamed = await post('workspace', 'initiate', fields, START_TIMEOUT_MS, signal)
          return { flow: 'workspace', ...readStart(renamed) }
        }
        return { flow, ...readStart(response) }
      })
    },

    poll({ flow, authReqId, approver }, signal) {
      const { clock, tenantId, timeoutMs } = config
      const fields = { auth_req_id: authReqId }
      return polled(async () => {
        const answer = await post(asCibaFlow(flow), 'token', fields, timeoutMs, signal)
        return readPoll(answer, { now: clock.now(), approver, tenantId })
      }, clock.now)
    },
  }
}

/** Questions of the other channel never come here. */
function asCibaFlow(flow: string): CibaFlow {
  return flow === 'tenant' || flow === 'workspace' ? flow : 'admin'
}

function flowOf({ flow, clientId, clientSecret }: CibaConfig): CibaFlow {
  if (flow !== undefined) return flow
  if (clientSecret !== undefined) return 'workspace'
  return clientId === undefined ? 'admin' : 'tenant'
}

function isMissingPath({ status, headers }: HttpResponse): boolean {
  return status === 404 && !headers['content-type']?.includes('json')
}

/** RFC 6749 section 2.3.1: both parts form-encoded, then Basic. */
function basicCredentials({ clientId, clientSecret }: CibaConfig): Record<string, string> {
  if (clientId === undefined || clientSecret === undefined) return {}
  const encode = (text: string): string => new URLSearchParams({ v: text }).toString().slice(2)
  const pair = Buffer.from(`${encode(clientId)}:${encode(clientSecret)}`).toString('base64')
  return { authorization: `Basic ${pair}` }
}
