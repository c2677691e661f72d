import { type Attributes, SpanKind } from '@opentelemetry/api'
import {
  authsec,
  GEN_AI_OPERATION,
  HTTP_RESEND_COUNT,
  HTTP_STATUS,
  SERVER_ADDRESS,
  SERVER_PORT,
  URL_SCHEME,
} from '../attributes.ts'
import type { ClientInstrumentation, SendFacts, TokenFacts } from '../client-types.ts'
import { outcomeOfApproval } from '../outcome.ts'
import {
  approvalAttributes,
  callEnd,
  callerAttributes,
  targetAttributes,
  toolOperation,
} from './call-attributes.ts'
import { inSpan, type SpanEnd, type Tracing } from './tracing.ts'

type Step<Name extends keyof ClientInstrumentation> = NonNullable<ClientInstrumentation[Name]>
type EndOf<Name extends keyof ClientInstrumentation> = Awaited<
  ReturnType<Parameters<Step<Name>>[1]>
>

/**
 * Runs each step of a client inside a span. While there is no SDK it has no steps, so that a client does nothing for
 * them; it looks again at each one.
 */
export function createInstrumentation(tracing: Tracing): ClientInstrumentation {
  const spans: ClientInstrumentation = {
    token: (step, work) => tokenSpan(tracing, step, work),
    call: (step, work) => callSpan(tracing, step, work),
    approval: (step, work) => approvalSpan(tracing, step, work),
    send: (step, work) => sendSpan(tracing, step, work),
  }
  const { isIdle } = tracing
  return {
    get token() {
      return isIdle() ? undefined : spans.token
    },
    get call() {
      return isIdle() ? undefined : spans.call
    },
    get approval() {
      return isIdle() ? undefined : spans.approval
    },
    get send() {
      return isIdle() ? undefined : spans.send
    },
  }
}

type SpanOf<Name extends keyof ClientInstrumentation> = (
  tracing: Tracing,
  ...step: Parameters<Step<Name>>
) => Promise<void> | undefined

const tokenSpan: SpanOf<'token'> = (tracing, step, work) => {
  const parts = { name: 'authsec.token', kind: SpanKind.CLIENT, attributes: tokenStart(step) }
  return inSpan(tracing, { ...parts, ownsHttp: true, endOf: tokenEnd }, work)
}

const callSpan: SpanOf<'call'> = (tracing, step, work) => {
  const { nameOf } = tracing
  const attributes = {
    [authsec.step]: 'call',
    ...callerAttributes(step, nameOf),
    ...toolOperation(step.tool),
  }
  // An exchange for cloud credentials is one request to AuthSec.
  const ownsHttp = step.provider !== undefined
  const kind = ownsHttp ? SpanKind.CLIENT : SpanKind.INTERNAL
  const name = nameOfCall(attributes, step.tool)
  const endOf = (end: EndOf<'call'>): SpanEnd => callEnd(end, nameOf)
  return inSpan(tracing, { name, kind, attributes, ownsHttp, endOf }, work)
}

const approvalSpan: SpanOf<'approval'> = (tracing, step, work) => {
  const attributes = {
    [authsec.step]: 'approval',
    ...callerAttributes(step, tracing.nameOf),
    ...targetAttributes(step),
  }
  const parts = { name: 'authsec.approval', kind: SpanKind.INTERNAL, attributes }
  const endOf = (end: EndOf<'approval'>): SpanEnd => approvalEnd(end, tracing)
  return inSpan(tracing, { ...parts, ownsHttp: true, endOf }, work)
}

const sendSpan: SpanOf<'send'> = (tracing, step, work) => {
  // Not the route: a model may have written it, and names of spans must be few.
  const parts = { name: step.method, kind: SpanKind.CLIENT, attributes: sendStart(step) }
  return inSpan(tracing, { ...parts, ownsHttp: true, endOf: sendEnd }, work)
}

function nameOfCall(attributes: Attributes, tool: string | undefined): string {
  const operation = attributes[GEN_AI_OPERATION]
  return operation === undefined ? 'authsec.call' : `${operation} ${tool}`
}

function tokenStart({ client, reason }: TokenFacts): Attributes {
  return { [authsec.step]: 'token', [authsec.client]: client, [authsec.tokenReason]: reason }
}

function tokenEnd(end: EndOf<'token'>): SpanEnd {
  if (end.code !== undefined) return failure(end)
  const { token, permissions, expiresAt } = end
  return {
    attributes: {
      [authsec.outcome]: 'acquired',
      [authsec.token]: token,
      [authsec.tokenPermissions]: permissions && [...permissions],
      [authsec.tokenExpiresAt]: expiresAt?.toISOString(),
    },
  }
}

function approvalEnd(end: EndOf<'approval'>, { nameOf }: Tracing): SpanEnd {
  if (end.outcome === 'approved') {
    const attributes = approvalAttributes(end.approval, nameOf)
    return { attributes: { [authsec.outcome]: 'approved', ...attributes } }
  }
  const { attributes, error } = failure(end)
  if (end.code === 'approval_pending') {
    return { attributes: { ...attributes, [authsec.outcome]: 'asked' } }
  }
  return { attributes: { ...attributes, [authsec.outcome]: outcomeOfApproval(end.code) }, error }
}

function sendStart(step: SendFacts): Attributes {
  const { client, callId, attempt, host, port, scheme } = step
  return {
    [authsec.step]: 'send',
    [authsec.client]: client,
    [authsec.callId]: callId,
    ...targetAttributes(step),
    [authsec.attempt]: attempt,
    [SERVER_ADDRESS]: host,
    [SERVER_PORT]: port === '' ? (scheme === 'http' ? 80 : 443) : Number(port),
    [URL_SCHEME]: scheme,
    ...(attempt > 1 && { [HTTP_RESEND_COUNT]: attempt - 1 }),
  }
}

function sendEnd(end: EndOf<'send'>): SpanEnd {
  if (end.code !== undefined) return failure(end)
  const { status = 0 } = end
  return {
    attributes: { [HTTP_STATUS]: status },
    error: status >= 400 ? String(status) : undefined,
  }
}

function failure({ code, status, systemCode }: EndOf<'send'>): SpanEnd {
  const attributes = {
    [authsec.outcome]: 'failed',
    [authsec.code]: code,
    [authsec.cause]: systemCode,
    [HTTP_STATUS]: status,
  }
  return { attributes, error: code }
}
