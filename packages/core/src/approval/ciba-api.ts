import type { CibaConfig, CibaFlow, ClientConfig } from '../config/config.ts'
import { HttpFailure, type HttpFailureKind } from '../http/http-failure.ts'
import { type HttpResponse, sendRequest } from '../http/send-request.ts'
import type { Transport } from '../http/transport.ts'
import { failureError } from './approval-errors.ts'
import { type PollState, readPoll, readStart } from './ciba-answers.ts'

interface StartedApproval {
  flow: CibaFlow
  authReqId: string
  expiresInSeconds: number
  intervalSeconds: number
}

export interface CibaApi {
  /** Sends the question to the approver's device. Never retried: a second request is a second push. Throws `ApprovalError`. */
  start(
    question: { approver: string; bindingMessage: string; scopes?: readonly string[] | undefined },
    signal: AbortSignal | undefined,
  ): Promise<StartedApproval>
  /** Polls once. A failure is a state; only the signal's reason is thrown. */
  poll(
    request: { flow: CibaFlow; authReqId: string; approver: string },
    signal: AbortSignal | undefined,
  ): Promise<PollState>
}

/** The server pushes before it answers, and allows itself 30 s for that (contract 3.2). */
const START_TIMEOUT_MS = 35_000
const MAX_ANSWER_BYTES = 65_536

const FINAL: readonly HttpFailureKind[] = ['address_blocked', 'tls_error', 'proxy_refused']

const PATHS: Readonly<Record<CibaFlow, string>> = {
  admin: 'uflow/auth/ciba/',
  tenant: 'uflow/auth/tenant/ciba/',
  workspace: 'uflow/auth/workspace/ciba/',
}

/** The CIBA endpoints (contract 3). */
export function createCibaApi(config: ClientConfig, transport: Transport): CibaApi {
  const { ciba } = config
  const clientId = ciba.clientId ?? config.clientId

  function post(
    flow: CibaFlow,
    step: 'initiate' | 'token',
    fields: object,
    timeoutMs: number,
    signal: AbortSignal | undefined,
  ): Promise<HttpResponse> {
    return sendRequest(transport, config.clock, {
      method: 'POST',
      url: new URL(PATHS[flow] + step, config.authSecUrl),
      headers: {
        accept: 'application/json',
        'content-type': 'application/json',
        ...(flow === 'workspace' && basicCredentials(ciba)),
      },
      body: JSON.stringify({ ...fields, client_id: clientId }),
      timeoutMs,
      maxBytes: MAX_ANSWER_BYTES,
      signal,
    })
  }

  return {
    async start({ approver, bindingMessage, scopes }, signal) {
      const flow = flowOf(ciba)
      const question = { binding_message: bindingMessage }
      const fields =
        flow === 'admin'
          ? { ...question, login_hint: approver, scopes }
          : { ...question, email: approver, scopes: scopes ?? ['openid'] }
      try {
        const response = await post(flow, 'initiate', fields, START_TIMEOUT_MS, signal)
        // The tenant flow was renamed: where the old path is missing, nobody has been asked yet.
        if (flow === 'tenant' && isMissingPath(response)) {
          const renamed = await post('workspace', 'initiate', fields, START_TIMEOUT_MS, signal)
          return { flow: 'workspace', ...readStart(renamed) }
        }
        return { flow, ...readStart(response) }
      } catch (error) {
        throw error instanceof HttpFailure ? failureError(error) : error
      }
    },

    async poll({ flow, authReqId, approver }, signal) {
      try {
        const fields = { auth_req_id: authReqId }
        return readPoll(await post(flow, 'token', fields, config.timeoutMs, signal), {
          now: config.clock.now(),
          approver,
          tenantId: config.tenantId,
        })
      } catch (error) {
        if (error instanceof HttpFailure) {
          // Neither the address, the certificate nor the proxy changes while somebody waits.
          if (FINAL.includes(error.kind)) {
            return { state: 'refused', error: failureError(error) }
          }
          return {
            state: 'no_answer',
            mayBeLost: error.mayHaveBeenSent,
            error: failureError(error),
          }
        }
        throw error
      }
    },
  }
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
