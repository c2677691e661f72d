import type { AuthSecClient } from '@authsec/core'
import { assertClient, checkOptions, invalidOption } from '@authsec/core/adapter'
import { type LlamaIndexTool, makeAgainOf } from './llamaindex-tool.ts'
import { type AuthSecToolOptions, callChecks } from './tool-option-checks.ts'

/**
 * Makes the same tools for another client, for a process that acts for many agents: LlamaIndex passes no context to a
 * tool, so each request binds the tools to the client that acts in it. What was bound before stays as it is. A copy of a
 * tool keeps its own name, description and parameters.
 *
 * @param tools - Tools of this package, with or without a client of their own.
 * @param client - The agent that acts, from your session. Nothing that a model writes is a client.
 * @param options - `signal` and `user` of the request. Default: those of each tool.
 * @throws ConfigError - for a client that is none, an unknown option, a tool that is not of this package or has another
 *   `call`, which would go on acting as somebody else, and an operation that the client's resources do not allow.
 *
 * @example
 * ```ts
 * import type { AuthSecClient } from '@authsec/core'
 * import { bindTools, secureFetchTool } from '@authsec/llamaindex'
 *
 * const tools = [secureFetchTool(undefined, { resource: 'vault', permission: 'metrics:read' })]
 *
 * export const toolsFor = (client: AuthSecClient, signal: AbortSignal) =>
 *   bindTools(tools, client, { signal })
 * ```
 */
export function bindTools(
  tools: readonly LlamaIndexTool[],
  client: AuthSecClient,
  options: AuthSecToolOptions = {},
): LlamaIndexTool[] {
  assertClient(client, 'The client of bindTools')
  checkOptions<AuthSecToolOptions>(options, 'the options of bindTools', callChecks)
  if (!Array.isArray(tools))
    throw invalidOption('The tools of bindTools', 'must be a list of tools')
  return tools.map((tool, index) => {
    const makeAgain = makeAgainOf(tool)
    if (makeAgain) return makeAgain(client, options, tool.metadata)
    throw invalidOption(
      `The tool ${index + 1} of bindTools`,
      'is none of this package, or has another `call`',
      'Bind the tools of secureFetchTool and operationTool, and add others to the list afterwards.',
    )
  })
}
