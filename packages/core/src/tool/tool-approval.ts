import type { ApprovalQuestion } from '../approval/approval.ts'
import { approverOf } from '../approval/approver.ts'
import type { Approved } from '../approval/redemption.ts'
import { approvalError } from '../channels/approval-errors.ts'
import type { AuthSecClient } from '../client/client.ts'
import { isObject } from '../options/option-values.ts'
import type { ApprovalView } from '../pending.ts'
import { type ApprovalRule, checkApprovalRule } from '../policy/resource-policy.ts'
import { canonicalJson } from '../support/canonical-json.ts'
import { NotPlainJsonError, plainJson } from '../support/plain-json.ts'
import type { ToolFailure } from './outcome.ts'
import { errorOutcome } from './tool-outcome.ts'

/** When a person decides about a tool of somebody else, who decides, and what they are told. */
export interface ToolApprovalRule
  extends Pick<
    ApprovalRule,
    'approver' | 'message' | 'timeoutMs' | 'limits' | 'wait' | 'channel' | 'risk'
  > {
  /** Whether these arguments require an approval. Default: all do. */
  when?: ((input: unknown) => boolean) | undefined
}

/** Rules by the name under which the model knows the tool. A tool without a rule needs no approval. */
export type ToolApprovalRules = Readonly<Record<string, ToolApprovalRule>>

/** A tool call before it runs. */
export interface ToolCall {
  readonly toolName: string
  readonly input: unknown
  readonly toolCallId?: string | undefined
  readonly thread?: string | undefined
  readonly user?: string | undefined
  readonly onApproval?: ((approval: ApprovalView) => void) | undefined
  /** What was approved or asked about before, for exactly this call. */
  readonly approved?: Approved | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Throws `ConfigError` for a rule that cannot work; a misspelt one must not leave a tool unguarded.
 *
 * @example
 * ```ts
 * import { checkToolApprovalRules } from '@authsec/core/adapter'
 *
 * checkToolApprovalRules({ delete_file: { message: 'Delete {path}?' } }, 'approvals')
 * ```
 */
export function checkToolApprovalRules(rules: unknown, field: string): void {
  isObject(rules, field)
  for (const [tool, rule] of Object.entries(Object(rules))) {
    checkApprovalRule(rule, `${field}.${tool}`)
  }
}

/**
 * Asks a person about a tool call, if a rule requires it, and waits for the answer: `'approved'`, the
 * failure to show to the model, or `undefined` when no rule applies. The approval is bound to the
 * tool's name and its arguments: they must be plain JSON (members that are `undefined` do not count), and
 * still be the same when the approval arrives. Otherwise the answer is a failure. Under a rule with
 * `wait: 'suspend'` it does not wait: the failure is `approval_pending`, and `pendingOf` returns the question,
 * which a later call passes as `approved`. Throws the signal's reason, `ConfigError`s and programming errors.
 *
 * @example
 * ```ts
 * import { createAuthSecClientFromEnv } from '@authsec/core'
 * import { requestToolApproval } from '@authsec/core/adapter'
 *
 * const client = createAuthSecClientFromEnv()
 * const rules = { delete_file: { approver: 'owner@example.com', message: 'Delete {path}?' } }
 * const call = { toolName: 'delete_file', input: { path: 'report.txt' } }
 *
 * export const answer = await requestToolApproval(client, rules, call)
 * ```
 */
export async function requestToolApproval(
  client: AuthSecClient,
  rules: ToolApprovalRules,
  call: ToolCall,
): Promise<'approved' | ToolFailure | undefined> {
  const { toolName, input, approved, signal, onApproval } = call
  try {
    const question = toolQuestion(rules, call)
    if (!question) return undefined
    const { timeoutMs, wait } = rules[toolName] ?? {}
    const told = { ...question, onApproval, signal }
    const isCollected = approved !== undefined || wait === 'suspend'
    if (isCollected) await client.useApproval(approved, told)
    else await client.requestApproval({ ...told, timeoutMs })
    // The caller may still hold the input, and the tool reads it after this answer.
    const now = { tool: toolName, input }
    if (!isUnchanged(question.action, now)) throw approvalError('approval_mismatch')
    return 'approved'
  } catch (error) {
    if (signal?.aborted) throw signal.reason
    return errorOutcome(error, client.mode)
  }
}

/**
 * The question about a tool call, if a rule requires an approval: for `startApproval` and `useApproval` of the
 * client. It holds a copy of the input. Throws `ApprovalError` for an input that is not plain JSON.
 *
 * @example
 * ```ts
 * import { toolQuestion } from '@authsec/core/adapter'
 *
 * const rules = { delete_file: { approver: 'owner@example.com', message: 'Delete {path}?' } }
 * console.log(toolQuestion(rules, { toolName: 'delete_file', input: { path: 'report.txt' } }))
 * ```
 */
export function toolQuestion(
  rules: ToolApprovalRules,
  {
    toolName,
    input,
    toolCallId,
    thread,
    user,
  }: Omit<ToolCall, 'approved' | 'signal' | 'onApproval'>,
): ApprovalQuestion | undefined {
  const rule = Object.hasOwn(rules, toolName) ? rules[toolName] : undefined
  if (!rule || (rule.when && !rule.when(input))) return undefined
  const { message, limits, channel, risk } = rule
  const action = snapshotOf(toolName, input)
  const values = valuesOf(action)
  const call = { resource: 'tool', method: 'CALL', route: toolName, values }
  const approver = approverOf(rule.approver, call, user)
  const about = { action: toolName, resource: 'tool' }
  return {
    ...{ approver, message, limits, channel, risk, values, action, about },
    ...{ tool: toolName, toolCallId, thread, user },
  }
}

/** The call as it is now, which nobody can change any more. */
function snapshotOf(tool: string, input: unknown): Readonly<Record<string, unknown>> {
  try {
    return Object(plainJson({ tool, input }))
  } catch (error) {
    throw error instanceof NotPlainJsonError ? approvalError('action_not_json') : error
  }
}

/** What the message may name: the arguments, and the name of the tool, which no argument replaces. */
function valuesOf({ tool, input }: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const named = typeof input === 'object' && input !== null ? input : {}
  return { ...named, tool }
}

function isUnchanged(before: unknown, now: unknown): boolean {
  try {
    return canonicalJson(before) === canonicalJson(now)
  } catch (error) {
    if (error instanceof NotPlainJsonError) return false
    throw error
  }
}
