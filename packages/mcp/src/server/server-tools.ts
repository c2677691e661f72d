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

/**
 * The tools of a client. Without one, of a server that acts for many agents: then no resource is known. Throws
 * `ConfigError` for a tool that can never work, and for a name that is not allowed or taken.
 */
export function defineTools(
  client: AuthSecClient | undefined,
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
  client: AuthSecClient | undefined,
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
function mayFetchByDefault(
  client: Pick<AuthSecClient, 'resources'> | undefined,
  operations: readonly McpOperation[],
): boolean {
  const [resource, ...others] = client?.resources ?? []
  if (!resource?.methods.includes('GET') || others.length > 0) return false
  return !operations.some(({ approval, defaultApproval }) => approval ?? defaultApproval)
}

/**
 * The options without what this client's resources do not have: of a server that acts for many agents, each is offered
 * only the tools of its own APIs.
 */
export function offeredTo(
  { resources }: AuthSecClient,
  options: AuthSecMcpServerOptions,
): AuthSecMcpServerOptions {
  const { operations = [], secureFetch } = options
  const isOffered = (name: string | undefined, method: string): boolean => {
    // Without a name, the tool is for the only resource: core says what is wrong where there are several.
    if (name === undefined && resources.length > 1) return true
    const resource = name === undefined ? resources[0] : resources.find((one) => one.name === name)
    return resource?.methods.includes(method) ?? false
  }
  const offered = operations.filter(({ resource, method = 'GET' }) => {
    return isOffered(resource, method.toUpperCase())
  })
  // By all operations: one that needs an approval is left out for some agents, and none may read around it.
  const isFetched =
    typeof secureFetch === 'object'
      ? isOffered(secureFetch.resource, 'GET')
      : secureFetch !== undefined || mayFetchByDefault({ resources }, operations)
  return { ...options, operations: offered, secureFetch: isFetched ? secureFetch : false }
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
