import type { AgentTool } from '@authsec/core/tool'
import type { Parties } from './call-options.ts'

/** Who acts in the calls of a framework-neutral tool. */
export interface ActingTool<Context = unknown> extends Parties<Context> {
  readonly tool: AgentTool
}

/** The framework-neutral tool behind a tool of this package, with who acts in its calls. */
export interface OwnTool<Context = unknown> extends ActingTool<Context> {
  /** The policy that this package made for it. With another one, the program says which calls pause. */
  readonly needsApproval: object
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
  const { invoke }: { invoke?: unknown } = Object(tool)
  return typeof invoke === 'function' ? Reflect.get(invoke, OWN) : undefined
}

/** The tool of this package that is behind all of these: nothing where one of somebody else may be meant. */
export function ownToolBehind(tools: readonly object[]): OwnTool | undefined {
  const [own] = tools.map(ownToolOf)
  return tools.every((tool) => ownToolOf(tool) === own) ? own : undefined
}

/** Whether the calls of a tool pause by the policy that this package made for it, and not by one of the program. */
export function pausesByOwnPolicy(tool: object, own: OwnTool): boolean {
  return Reflect.get(tool, 'needsApproval') === own.needsApproval
}
