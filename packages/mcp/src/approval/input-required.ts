import { ApprovalError, type ApprovalView, type AuthSecClient } from '@authsec/core'
import {
  CLIENT_CAPABILITIES_META_KEY,
  type InputRequiredResult,
  inputRequired,
  type ServerContext,
} from '@modelcontextprotocol/server'

/** What a client brings back: a sealed question of this agent. Whether it is about this call, of this caller, is compared when it is used. */
export interface CallState {
  readonly sealed: string
  /** Absent for a question that is too old to be opened. */
  readonly view: ApprovalView | undefined
}

/** For the hook of the SDK. Throws for a text that is no question of this agent, or is sealed with a key that this process does not have. */
export async function readState(
  client: Pick<AuthSecClient, 'viewApproval'>,
  sealed: string,
): Promise<CallState> {
  try {
    return { sealed, view: await client.viewApproval(sealed) }
  } catch (error) {
    const isOld = ApprovalError.isInstance(error) && error.code === 'approval_expired'
    if (!isOld) throw error
    // The model is told why its call was not sent, and not that the protocol failed.
    return { sealed, view: undefined }
  }
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
