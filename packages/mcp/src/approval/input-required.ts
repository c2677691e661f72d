import { randomBytes } from 'node:crypto'
import {
  CLIENT_CAPABILITIES_META_KEY,
  createRequestStateCodec,
  type InputRequiredResult,
  inputRequired,
  type RequestStateCodec,
  type ServerContext,
} from '@modelcontextprotocol/server'

/** What the client carries from one request to the next: signed and readable, without any secret. */
export interface CallState {
  /** The name under which this process keeps the question. */
  id: string
  /** SHA-256 of the call, as in the approval itself. */
  digest: string
}

/** Signs states for the caller they are given to. They are valid for ten minutes, in this process. */
export function createStateCodec(): RequestStateCodec<CallState> {
  return createRequestStateCodec<CallState>({
    key: randomBytes(32),
    ttlSeconds: 600,
    bind: (ctx) => `${ctx.mcpReq.method}\0${ctx.http?.authInfo?.clientId ?? ''}`,
  })
}

/** Asks the client to send the request again. */
export function sendAgain(requestState: string): InputRequiredResult {
  return inputRequired({ requestState })
}

/** Asks the client to show the code to its user, and to send the request again. */
export function showCode(code: string, requestState: string): InputRequiredResult {
  const message = `The approver was asked on their own device. The request there ends in ${code}. Continue to wait for the answer, or cancel the call.`
  const requestedSchema = { type: 'object' as const, properties: {} }
  const approval = inputRequired.elicit({ mode: 'form', message, requestedSchema })
  return inputRequired({ inputRequests: { approval }, requestState })
}

/** Whether the client can show a form to its user. */
export function canElicit(ctx: ServerContext): boolean {
  const envelope: Readonly<Record<string, unknown>> = { ...ctx.mcpReq.envelope }
  const capabilities = envelope[CLIENT_CAPABILITIES_META_KEY]
  return typeof capabilities === 'object' && capabilities !== null && 'elicitation' in capabilities
}
