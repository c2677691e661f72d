import type { AuthSecEvent } from '@authsec/core'
import type { Attributes } from '@opentelemetry/api'
import { authsec, ERROR_TYPE, GEN_AI_TOOL, HTTP_METHOD, HTTP_STATUS } from '../attributes.ts'
import { outcomeOfApproval } from '../outcome.ts'
import { httpMethod, resultOf } from '../spans/call-attributes.ts'
import type { ClientInstruments } from './instruments.ts'

type EventOf<Type extends AuthSecEvent['type']> = Extract<AuthSecEvent, { type: Type }>
type EndEvent = EventOf<
  'request.completed' | 'request.failed' | 'request.suspended' | 'cloud.exchanged' | 'cloud.failed'
>

/** Counts and measures an event. Attributes have few values: no ID, no route and no person is among them. */
export function measureEvent(event: AuthSecEvent, instruments: ClientInstruments): void {
  const { client } = event
  switch (event.type) {
    case 'token.requested':
      instruments.tokenRequests.add(1, {
        [authsec.client]: client,
        [authsec.tokenReason]: event.reason,
      })
      break
    case 'token.acquired':
      tokenEnded(event, event.unchanged ? 'unchanged' : 'acquired', instruments)
      break
    case 'token.failed':
      tokenEnded(event, 'failed', instruments)
      break
    case 'request.completed':
    case 'request.failed':
    case 'request.suspended':
    case 'cloud.exchanged':
    case 'cloud.failed':
      callEnded(event, instruments)
      break
    case 'approval.started':
      instruments.approvals.add(1, approvalAttributes(event, 'asked'))
      break
    case 'approval.settled':
      approvalSettled(event, instruments)
      break
    case 'token.dropped':
    case 'client.created':
    case 'warning':
      break
  }
}

function tokenEnded(
  event: EventOf<'token.acquired' | 'token.failed'>,
  outcome: string,
  { tokenDuration }: ClientInstruments,
): void {
  tokenDuration.record(event.durationMs / 1_000, {
    [authsec.client]: event.client,
    [authsec.outcome]: outcome,
    ...('code' in event && { [ERROR_TYPE]: event.code }),
  })
}

function callEnded(event: EndEvent, { callDuration, refusals }: ClientInstruments): void {
  const { outcome, error } = resultOf(event)
  const attributes = callAttributes(event)
  callDuration.record(event.durationMs / 1_000, {
    ...attributes,
    [authsec.outcome]: outcome,
    ...('status' in event && event.status !== undefined && { [HTTP_STATUS]: event.status }),
    ...(error !== undefined && { [ERROR_TYPE]: error }),
  })
  if (outcome === 'refused') refusals.add(1, { ...attributes, [authsec.code]: error })
}

function callAttributes(event: EndEvent): Attributes {
  const { client, tool } = event
  return {
    [authsec.client]: client,
    ...('resource' in event && {
      [authsec.resource]: event.resource,
      [HTTP_METHOD]: httpMethod(event.method),
    }),
    ...('provider' in event && { [authsec.provider]: event.provider }),
    ...(tool !== undefined && { [GEN_AI_TOOL]: tool }),
  }
}

function approvalSettled(
  event: EventOf<'approval.settled'>,
  { approvals, approvalWait }: ClientInstruments,
): void {
  const attributes = approvalAttributes(event, outcomeOfApproval(event.outcome))
  approvals.add(1, attributes)
  approvalWait.record(event.durationMs / 1_000, attributes)
}

function approvalAttributes(
  { client, resource, tool }: EventOf<'approval.started' | 'approval.settled'>,
  outcome: string,
): Attributes {
  return {
    [authsec.client]: client,
    [authsec.outcome]: outcome,
    ...(resource !== undefined && { [authsec.resource]: resource }),
    ...(tool !== undefined && { [GEN_AI_TOOL]: tool }),
  }
}
