import type { AuthSecClient } from '@authsec/core'
import { type AgentTool, defineOperation, defineSecureFetch } from '@authsec/core/tool'
import type { ToolAnnotations } from '@modelcontextprotocol/server'
import { configProblem, namingPlace } from '../config/config-problem.ts'
import { annotationsFor } from './annotations.ts'
import type { AuthSecMcpServerOptions, McpOperation } from './server-options.ts'
import { whoamiTool } from './whoami-tool.ts'

/** A tool that calls a protected API. */
export interface ServerTool {
  readonly tool: AgentTool
  readonly annotations: ToolAnnotations
}

/** Throws `ConfigError` for a tool that can never work, and for a name that is not allowed or taken. */
export function defineTools(
  client: AuthSecClient,
  options: AuthSecMcpServerOptions,
): readonly ServerTool[] {
  const { operations = [] } = options
  const tools = [
    ...operations.map((operation, index) => ({
      tool: namingPlace(`operations[${index}]`, () => defineOperation(client, operation)),
      annotations: annotationsFor(operation.method ?? 'GET'),
    })),
    ...secureFetchTools(client, options).map((tool) => {
      return { tool, annotations: annotationsFor('GET') }
    }),
  ]
  assertNames(tools.map(({ tool }) => tool.name))
  return tools
}

function secureFetchTools(
  client: AuthSecClient,
  { secureFetch, operations = [] }: AuthSecMcpServerOptions,
): AgentTool[] {
  if (secureFetch === false) return []
  if (secureFetch === undefined && !mayFetchByDefault(client, operations)) return []
  return [namingPlace('secureFetch', () => defineSecureFetch(client, secureFetch))]
}

/**
 * With several resources an endpoint alone is ambiguous. Beside an operation that requires an approval,
 * the tool could read the same endpoint without one. In both cases the developer must ask for the tool.
 */
function mayFetchByDefault(client: AuthSecClient, operations: readonly McpOperation[]): boolean {
  const [resource, ...others] = client.resources
  if (!resource?.methods.includes('GET') || others.length > 0) return false
  return !operations.some(({ approval }) => approval)
}

/** All hosts accept these names. Some models accept no others. */
function assertNames(names: readonly string[]): void {
  const bad = names.find((name) => !/^[A-Za-z0-9_-]{1,64}$/.test(name))
  const taken = [whoamiTool.name, ...names].find((name, index, all) => all.indexOf(name) !== index)
  if (bad === undefined && taken === undefined) return
  throw configProblem(
    bad === undefined
      ? `Two tools have the name ${taken}.`
      : `The tool name ${bad} is not allowed.`,
    'Give each operation a name of its own: 1 to 64 letters, digits, _ and -.',
  )
}
