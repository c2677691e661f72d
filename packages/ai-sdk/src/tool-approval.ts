import type { AuthSecClient } from '@authsec/core'
import { checkToolApprovalRules, requestToolApproval } from '@authsec/core/adapter'
import type { ToolApprovalRules } from '@authsec/core/tool'
import { assertClientOrFunction, type ClientOf, clientIn, userIn } from './call-options.ts'
import { agentToolOf, clientOfTool, enforcesApproval, userOfTool } from './tool-marks.ts'

/** The parts of an AI SDK 7 approval request that the policy reads. */
export interface ToolApprovalQuestion {
  readonly toolCall: {
    readonly toolName: string
    readonly toolCallId?: string | undefined
    readonly input?: unknown
  }
  readonly tools?: object | undefined
  readonly toolsContext?: unknown
  readonly messages?: readonly unknown[] | undefined
}

/** The policy's answer in the form of AI SDK 7; `undefined` lets the call run. */
export type ToolApprovalAnswer =
  | undefined
  | { type: 'approved' }
  | { type: 'denied'; reason: string }
  | { type: 'user-approval' }

/**
 * Creates a `toolApproval` policy for AI SDK 7: it asks a person by CIBA about the tools that have a rule,
 * by the name the model knows. Anything but an approval denies the call, and the model reads the reason.
 *
 * Tools of this package enforce their own rule, or their resource's, inside `execute`. The policy skips
 * them, so that nobody is asked twice. AI SDK 6 ignores `toolApproval`, and 5 has no approvals: there, put
 * the rule on the tool, or answer the `tool-approval-request` parts of 6 with this policy. The SDK passes
 * no abort signal: `timeoutMs` of the rule limits the wait. Throws `ConfigError` for an unusable rule.
 *
 * @param client - The agent that asks, or a function that names it from the tool's entry in `toolsContext`.
 *
 * @example
 * ```ts
 * import { createAuthSecClientFromEnv } from '@authsec/core'
 * import { authsecToolApproval } from '@authsec/ai-sdk'
 *
 * export const toolApproval = authsecToolApproval(createAuthSecClientFromEnv(), {
 *   send_mail: { approver: 'owner@example.com', message: 'Send a mail to {to}?' },
 * })
 * ```
 */
export function authsecToolApproval(
  client: AuthSecClient | ClientOf,
  rules: ToolApprovalRules,
): (question: ToolApprovalQuestion) => Promise<ToolApprovalAnswer> {
  assertClientOrFunction(client, 'The client of authsecToolApproval')
  checkToolApprovalRules(rules, 'rules')
  return async function policy(question) {
    const { toolName, input } = question.toolCall
    const tool = fieldOf(question.tools, toolName)
    const context = fieldOf(question.toolsContext, toolName)
    const isRuled = Object.hasOwn(rules, toolName) && !(await isEnforced(tool, input, context))
    const answer = isRuled
      ? await requestToolApproval(clientIn(context, client, POLICY), rules, { toolName, input })
      : undefined
    if (answer === 'approved') return { type: 'approved' }
    if (answer) return { type: 'denied', reason: answer.message }
    return (await wantsUser(tool, question)) ? { type: 'user-approval' } : undefined
  }
}

/** Whose function `client` it is, in errors. */
const POLICY = 'authsecToolApproval'

/** A tool that is told its client in each call knows the rule of its resource only then. */
async function isEnforced(tool: unknown, input: unknown, context: unknown): Promise<boolean> {
  const own = agentToolOf(tool)
  const client = clientOfTool(tool)
  if (enforcesApproval(tool) || typeof client !== 'function') return enforcesApproval(tool)
  const user = userIn(context, userOfTool(tool))
  const plan = await own?.plan(input, { client: clientIn(context, client), user })
  return plan?.status === 'needs_approval'
}

/** A policy function replaces `needsApproval` of every tool, so the policy applies it where there is no rule. */
async function wantsUser(tool: unknown, question: ToolApprovalQuestion): Promise<boolean> {
  const needs = fieldOf(tool, 'needsApproval')
  if (typeof needs !== 'function') return Boolean(needs)
  const { toolCall, toolsContext, messages } = question
  const context = fieldOf(toolsContext, toolCall.toolName)
  const { toolCallId } = toolCall
  return Boolean(await needs.call(tool, toolCall.input, { toolCallId, messages, context }))
}

function fieldOf(value: unknown, name: string): unknown {
  const isObject = typeof value === 'object' && value !== null
  return isObject && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined
}
