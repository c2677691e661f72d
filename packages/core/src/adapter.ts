/**
 * What framework packages are made of. It promises nothing to users: names and shapes here change
 * with any version.
 */

export { linesOf } from '#runtime/files/file-lines'
export { othersMayWrite } from '#runtime/files/folders'
export { nextLinkIn } from './answers/link-header.ts'
export type { AskOptions } from './approval/approval.ts'
export type { ApprovalContext, RequiredApproval } from './approval/call-approval.ts'
export type { Approved } from './approval/redemption.ts'
export { readErrorDetail } from './call/error-reasons.ts'
export type { CallContext, CallFacts, CallPlan } from './call/secure-fetch-request.ts'
export { parseScrubbed } from './call/standard-fetch.ts'
export { parseUntrustedJson } from './call/untrusted-json.ts'
export { hasLastingStore } from './client/assemble-client.ts'
export { assertClient } from './client/assert-client.ts'
export type { ResourceSummary } from './client/client.ts'
export type { ClientOf } from './client/client-of-call.ts'
export { namedClient, namedClientOrNobody } from './client/client-of-call.ts'
export { defaultClient, keepDefaultClient } from './client/default-client.ts'
export type { FileLine } from './files/file-lines.ts'
export type { LogFileName } from './files/log-file-name.ts'
export { logFileName } from './files/log-file-name.ts'
export { newCallId } from './identity/call-id.ts'
export type {
  ApprovalStep,
  ApprovalStepEnd,
  CallStep,
  CallStepEnd,
  Instrumentation,
  RunStep,
  SendStep,
  SendStepEnd,
  TokenStep,
  TokenStepEnd,
  TraceHeaders,
} from './instrumentation.ts'
export { networkRules } from './network/network-rules.ts'
export type { ProxyChoice, ProxyRules } from './network/proxy-rules.ts'
export { namedUser } from './options/named-user.ts'
export { nearestName } from './options/nearest-name.ts'
export type { OptionCheck, OptionChecks } from './options/option-checks.ts'
export { checkOptions, invalidOption } from './options/option-checks.ts'
export {
  isFunction,
  isObject,
  isText,
  optional,
  optionalBoolean,
  optionalChoice,
  optionalClock,
  optionalFunction,
  optionalList,
  optionalMilliseconds,
  optionalNames,
  optionalNumber,
  optionalObject,
  optionalSignal,
  optionalText,
  required,
  uncheckedHere,
} from './options/option-values.ts'
export type { Query, QueryValue } from './policy/endpoint.ts'
export { searchParams } from './policy/endpoint.ts'
export { namesCredential } from './policy/request-headers.ts'
export { isSafeMethod } from './policy/resource-policy.ts'
export { objectSchema } from './schema/object-schema.ts'
export { checkedTtl, checkTexts } from './store/store-arguments.ts'
export type { WaitOptions } from './support/clock.ts'
export { delay, systemClock, waitFor } from './support/clock.ts'
export type { GetTokenOptions } from './token/token-request.ts'
export type { ToolContext } from './tool/agent-tool.ts'
export { operationChecks } from './tool/define-operation.ts'
export { secureFetchToolChecks } from './tool/define-secure-fetch.ts'
export { runIdOf } from './tool/run-id.ts'
export type { ToolCall } from './tool/tool-approval.ts'
export { checkToolApprovalRules, requestToolApproval, toolQuestion } from './tool/tool-approval.ts'
export { errorOutcome, outcomeText, pendingOf } from './tool/tool-outcome.ts'
