import type { AgentTool } from '@authsec/core/tool'
import type { Parties } from './call-options.ts'

/** The framework-neutral tool behind a tool of this package, with who acts in its calls. */
export interface OwnTool<Context = unknown> extends Parties<Context> {
  readonly tool: AgentTool
}

/**
 * The mark of an `invoke`: a copy of the tool keeps it, and a tool that was given another `invoke` does not have it.
 * Registered, for two copies of this package; not enumerable, so that traces do not record it.
 */
const OWN = Symbol.for('authsec.openai-agents.tool')

export function markInvoke<Context>(invoke: object, own: OwnTool<Context>): void {
  Object.defineProperty(invoke, OWN, { value: own })
}

/** What is behind a tool of this package, or behind a copy of one. */
function ownToolOf(tool: unknown): OwnTool | undefined {
  if (typeof tool !== 'object' || tool === null || !('invoke' in tool)) return undefined
  const { invoke } = tool
  return typeof invoke === 'function' ? Reflect.get(invoke, OWN) : undefined
}

/** An agent of the SDK, as far as its tools are looked up. */
export interface WithTools {
  readonly tools: readonly { readonly name: string }[]
}

/** The tool of this package that an agent has under a name. */
export function ownToolNamed(agent: WithTools, name: string | undefined): OwnTool | undefined {
  return ownToolOf(agent.tools.find((tool) => tool.name === name))
}
