import { type Attributes, context, trace } from '@opentelemetry/api'
import {
  authsec,
  EXECUTE_TOOL,
  GEN_AI_OPERATION,
  GEN_AI_TOOL,
  GEN_AI_TOOL_CALL,
  HTTP_METHOD,
  HTTP_STATUS,
} from '../attributes.ts'
import type { ApprovalFacts, CallEnd, CallerFacts, TargetFacts } from '../client-types.ts'
import { outcomeOfCode } from '../outcome.ts'
import type { NameOf } from '../people.ts'
import type { SpanEnd } from './tracing.ts'

/** Who makes a call. */
export function callerAttributes(step: CallerFacts, nameOf: NameOf): Attributes {
  const { client, callId, tool, toolCallId, run, user, caller, provider } = step
  return {
    [authsec.client]: client,
    [authsec.callId]: callId,
    [GEN_AI_TOOL]: tool,
    [GEN_AI_TOOL_CALL]: toolCallId,
    [authsec.run]: run,
    [authsec.user]: user && nameOf(user),
    [authsec.caller]: caller && nameOf(caller),
    [authsec.provider]: provider,
  }
}

/** What a call is. */
export function targetAttributes(target: Partial<TargetFacts>): Attributes {
  const { resource, method, route, permission } = target
  return {
    [authsec.resource]: resource,
    [HTTP_METHOD]: httpMethod(method),
    [authsec.route]: route,
    [authsec.permission]: permission && [...permission],
  }
}

/** `_OTHER` is the conventions' word for a method that is none. */
export function httpMethod(method: string | undefined): string | undefined {
  return method === 'unknown' ? '_OTHER' : method
}

export function approvalAttributes(
  approval: ApprovalFacts | undefined,
  nameOf: NameOf,
): Attributes {
  if (!approval) return {}
  const { code, approver, decidedAt, waitedMs } = approval
  return {
    [authsec.approvalCode]: code,
    [authsec.approver]: nameOf(approver),
    [authsec.decidedAt]: decidedAt.toISOString(),
    [authsec.waitedSeconds]: waitedMs / 1_000,
  }
}

/** How a call ended. Chosen by name: the API's own words are not among them. */
export function callEnd(facts: CallEnd, nameOf: NameOf): SpanEnd {
  const { outcome, error } = resultOf(facts)
  return {
    attributes: {
      ...targetAttributes(facts),
      ...approvalAttributes(facts.approval, nameOf),
      [HTTP_STATUS]: facts.status,
      [authsec.token]: facts.token,
      [authsec.attempts]: facts.attempts,
      [authsec.outcome]: outcome,
      [authsec.code]: facts.code,
      [authsec.tokenProblem]: facts.tokenProblem,
      [authsec.cause]: facts.systemCode,
    },
    error,
  }
}

interface CallResult {
  readonly outcome: 'completed' | 'refused' | 'failed' | 'suspended'
  readonly error: string | undefined
}

/** What came of a call, in the words of the audit log. An error status is an error, though the API has answered. */
export function resultOf(end: Pick<CallEnd, 'type' | 'code' | 'status' | 'attempts'>): CallResult {
  const { type, code, status, attempts } = end
  if (type === 'request.suspended') return { outcome: 'suspended', error: undefined }
  if (code !== undefined) return { outcome: outcomeOfCode(code, attempts), error: code }
  const error = status !== undefined && status >= 400 ? String(status) : undefined
  return { outcome: 'completed', error }
}

/** The conventions' name of the operation, unless the framework has a span of it already: tools are counted by it. */
export function toolOperation(tool: string | undefined): Attributes {
  if (tool === undefined || isToolSpan(trace.getSpan(context.active()))) return {}
  return { [GEN_AI_OPERATION]: EXECUTE_TOOL }
}

/** A span of an SDK shows its name and attributes. The AI SDK calls it `ai.toolCall`. */
function isToolSpan(span: unknown): boolean {
  const { name, attributes } = Object(span)
  if (Object(attributes)[GEN_AI_OPERATION] === EXECUTE_TOOL) return true
  return typeof name === 'string' && /^(?:execute_tool\b|ai\.toolCall$)/.test(name)
}
