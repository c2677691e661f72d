import type { Attributes } from '@opentelemetry/api'
import { authsec, ERROR_TYPE, GEN_AI_TOOL, HTTP_METHOD, HTTP_STATUS } from '../attributes.ts'
import type { ClientEvent } from '../client-types.ts'
import { outcomeOfApproval } from '../outcome.ts'
import { httpMethod, resultOf } from '../spans/call-attributes.ts'
import type { ClientInstruments } from './instruments.ts'

/** Counts and measures an event. Attributes have few values: no ID, no route and no person is among them. */
export function measureEvent(event: ClientEvent, instruments: ClientInstruments): void {
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
  }
}

function tokenEnded(
  event: ClientEvent,
  outcome: string,
  { tokenDuration }: ClientInstruments,
): void {
  tokenDuration.record(seconds(event), {
    [authsec.client]: event.client,
    [authsec.outcome]: outcome,
    ...(event.code !== undefined && { [ERROR_TYPE]: event.code }),
  })
}

function callEnded(event: ClientEvent, { callDuration, refusals }: ClientInstruments): void {
  const { outcome, error } = resultOf(event)
  const attributes = callAttributes(event)
  callDuration.record(seconds(event), {
    ...attributes,
    [authsec.outcome]: outcome,
    ...(event.status !== undefined && { [HTTP_STATUS]: event.status }),
    ...(error !== undefined && { [ERROR_TYPE]: error }),
  })
  if (outcome === 'refused') refusals.add(1, { ...attributes, [authsec.code]: error })
}

function callAttributes({ client, tool, resource, method, provider }: ClientEvent): Attributes {
  return {
    [authsec.client]: client,
    ...(resource !== undefined && {
      [authsec.resource]: resource,
      [HTTP_METHOD]: httpMethod(method),
    }),
    ...(provider !== undefined && { [authsec.provider]: provider }),
    ...(tool !== undefined && { [GEN_AI_TOOL]: tool }),
  }
}

function seconds({ durationMs = 0 }: ClientEvent): number {
  return durationMs / 1_000
}

function approvalSettled(event: ClientEvent, { approvals, approvalWait }: ClientInstruments): void {
  const attributes = approvalAttributes(event, outcomeOfApproval(event.outcome))
  approvals.add(1, attributes)
  approvalWait.record(seconds(event), attributes)
}

function approvalAttributes({ client, resource, tool }: ClientEvent, outcome: string): Attributes {
  return {
    [authsec.client]: client,
    [authsec.outcome]: outcome,
    ...(resource !== undefined && { [authsec.resource]: resource }),
    ...(tool !== undefined && { [GEN_AI_TOOL]: tool }),
  }
}
