import type { AuthSecClient } from '../client/client.ts'
import type { ApprovalRule } from '../policy/resource-policy.ts'
import { errorOutcome, type ToolFailure } from './tool-outcome.ts'

/** When a person decides about a tool that AuthSec did not make, who, and what they are told. */
export interface ToolApprovalRule extends Pick<ApprovalRule, 'approver' | 'message' | 'timeoutMs'> {
  /** Whether these arguments need the yes. Default: all do. */
  when?: ((input: unknown) => boolean) | undefined
}

/** Rules by the name under which the model knows the tool. A tool without a rule is not asked about. */
export type ToolApprovalRules = Readonly<Record<string, ToolApprovalRule>>

/** A tool call before it runs. */
export interface AskedToolCall {
  readonly toolName: string
  readonly input: unknown
  readonly signal?: AbortSignal | undefined
}

/**
 * Asks a person about a tool call, if a rule wants it, and waits for the answer: `'approved'`, the
 * failure to show to the model, or `undefined` when no rule applies. The yes is bound to the tool's
 * name and its arguments. Throws the signal's reason, `ConfigError`s and programming errors.
 */
export async function requestToolApproval(
  client: AuthSecClient,
  rules: ToolApprovalRules,
  { toolName, input, signal }: AskedToolCall,
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
