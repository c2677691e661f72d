import type { AuthSecClient } from '../client/client.ts'
import { type ApprovalRule, checkApprovalRule } from '../policy/resource-policy.ts'
import { isObject } from '../support/option-values.ts'
import { errorOutcome, type ToolFailure } from './tool-outcome.ts'

/** When a person decides about a tool of somebody else, who decides, and what they are told. */
export interface ToolApprovalRule extends Pick<ApprovalRule, 'approver' | 'message' | 'timeoutMs'> {
  /** Whether these arguments require an approval. Default: all do. */
  when?: ((input: unknown) => boolean) | undefined
}

/** Rules by the name under which the model knows the tool. A tool without a rule needs no approval. */
export type ToolApprovalRules = Readonly<Record<string, ToolApprovalRule>>

/** A tool call before it runs. */
export interface ToolCall {
  readonly toolName: string
  readonly input: unknown
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
 * tool's name and its arguments. Throws the signal's reason, `ConfigError`s and programming errors.
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
  { toolName, input, signal }: ToolCall,
): Promise<'approved' | ToolFailure | undefined> {
  const rule = Object.hasOwn(rules, toolName) ? rules[toolName] : undefined
  if (!rule || (rule.when && !rule.when(input))) return undefined
  const { approver, message, timeoutMs } = rule
  const named = typeof input === 'object' && input !== null ? { ...input } : {}
  const values = { ...named, tool: toolName }
  const action = { tool: toolName, input }
  try {
    await client.requestApproval({ approver, message, timeoutMs, values, action, signal })
    return 'approved'
  } catch (error) {
    if (signal?.aborted) throw signal.reason
    return errorOutcome(error, client.mode)
  }
}
