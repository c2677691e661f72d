import type { AuthSecClient } from '@authsec/core'
import { assertClient, checkToolApprovalRules, requestToolApproval } from '@authsec/core/adapter'
import type { ToolApprovalRules } from '@authsec/core/tool'
import { enforcesApproval } from './secure-tool.ts'

/** The parts of AI SDK 7's question that a policy reads. */
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

/** What AI SDK 7 understands; `undefined` lets the call run. */
export type ToolApprovalAnswer =
  | undefined
  | { type: 'approved' }
  | { type: 'denied'; reason: string }
  | { type: 'user-approval' }

/**
 * A `toolApproval` policy for AI SDK 7: a person is asked by CIBA about the tools that have a rule,
 * by the name the model knows. Anything but a yes denies the call, and the model reads why.
 *
 * Tools of this package that have an approval rule of their own, or of their resource, ask inside
 * `execute`, where no call-level setting can switch it off; the policy leaves them alone, so that
 * nobody is asked twice. AI SDK 6 knows no `toolApproval`, and 5 no approvals at all: there, put the
 * rule on the tool, or answer 6's `tool-approval-request` parts with this policy. The SDK gives the
 * policy no abort signal: `timeoutMs` of the rule bounds the wait.
 */
export function authsecToolApproval(
  client: AuthSecClient,
  rules: ToolApprovalRules,
): (question: ToolApprovalQuestion) => Promise<ToolApprovalAnswer> {
  assertClient(client, 'The client of authsecToolApproval')
  checkToolApprovalRules(rules, 'rules')
  return async function policy(question) {
    const { toolName, input } = question.toolCall
    const tool = fieldOf(question.tools, toolName)
    if (enforcesApproval(tool)) return undefined
    const answer = await requestToolApproval(client, rules, { toolName, input })
    if (answer === 'approved') return { type: 'approved' }
    if (answer) return { type: 'denied', reason: answer.message }
    return (await wantsUser(tool, question)) ? { type: 'user-approval' } : undefined
  }
}

/** A policy function replaces `needsApproval` of every tool: without a rule, it is honoured here. */
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
