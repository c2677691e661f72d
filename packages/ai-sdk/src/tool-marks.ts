import type { AuthSecClient } from '@authsec/core'
import type { AgentTool } from '@authsec/core/tool'
import type { ClientOf, UserOf } from './call-options.ts'

/**
 * Marks of an `execute`: a copy of the tool keeps them, and a tool that was given another `execute` does not have
 * them. Registered, for two copies of this package; not enumerable, so that telemetry does not record them.
 */

/** It enforces an approval. */
const ASKS = Symbol.for('authsec.ai-sdk.asks-approval')
/** The framework-neutral tool behind it, for `createApprovals`. */
const TOOL = Symbol.for('authsec.ai-sdk.tool')
/** The client that it was made with, or the function that names one in each call. */
const CLIENT = Symbol.for('authsec.ai-sdk.client')
/** What names the user in each of its calls. */
const USER = Symbol.for('authsec.ai-sdk.user')

/** Who acts in the calls of a tool, and for whom. */
interface Parties {
  readonly client: AuthSecClient | ClientOf | undefined
  readonly user: UserOf | undefined
}

export function markExecute(execute: object, tool: AgentTool, { client, user }: Parties): void {
  Object.defineProperties(execute, {
    [ASKS]: { value: tool.requiresApproval },
    [TOOL]: { value: tool },
    [CLIENT]: { value: client },
    [USER]: { value: user },
  })
}

/** Marks the `execute` of a tool that `createApprovals` guards. */
export function markAsEnforcing(execute: object): void {
  Object.defineProperty(execute, ASKS, { value: true })
}

/** Whether this is a tool of this package, or a copy of one, whose `execute` enforces an approval. */
export function enforcesApproval(tool: unknown): boolean {
  return markOf(tool, ASKS) === true
}

/** The framework-neutral tool behind a tool of this package, or behind a copy of one. */
export function agentToolOf(tool: unknown): AgentTool | undefined {
  return markOf(tool, TOOL) as AgentTool | undefined
}

/** The client that such a tool was made with, or the function that names one in each call. */
export function clientOfTool(tool: unknown): AuthSecClient | ClientOf | undefined {
  return markOf(tool, CLIENT) as AuthSecClient | ClientOf | undefined
}

/** What names the user in each call of such a tool. */
export function userOfTool(tool: unknown): UserOf | undefined {
  return markOf(tool, USER) as UserOf | undefined
}

function markOf(tool: unknown, mark: symbol): unknown {
  if (typeof tool !== 'object' || tool === null || !('execute' in tool)) return undefined
  const { execute } = tool
  return typeof execute === 'function' ? Reflect.get(execute, mark) : undefined
}
