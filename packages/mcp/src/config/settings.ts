import {
  type AuthSecClient,
  createAuthSecClientFromEnv,
  type Env,
  type FromEnvOverrides,
} from '@authsec/core'
import type { AuthSecMcpServerOptions } from '../server/mcp-server.ts'
import type { FileConfig } from './config-file.ts'
import { configProblem } from './config-problem.ts'
import { vaultConfig } from './default-config.ts'

/** The client and the tools, from the environment and the file. Throws `ConfigError`. */
export function createParts(
  env: Env,
  file: FileConfig | undefined,
  onEvent: NonNullable<FromEnvOverrides['onEvent']>,
): { client: AuthSecClient; options: AuthSecMcpServerOptions } {
  const clientSecret = variable(env, 'AUTHSEC_CIBA_CLIENT_SECRET')
  const ciba = { ...file?.ciba, ...(clientSecret !== undefined && { clientSecret }) }
  const resources = file?.resources && { resources: file.resources }
  const client = createAuthSecClientFromEnv(env, { onEvent, ciba, ...resources })
  if (client.resources.length === 0) {
    throw configProblem(
      'No protected API is configured, so there is nothing the tools could call.',
      'Set AUTHSEC_API_URL, or list resources in the file given with --config.',
      'config_missing',
    )
  }
  const { name, operations, secureFetch } = file ?? (client.mode === 'mock' ? vaultConfig : {})
  assertResources(client, { operations, secureFetch })
  return { client, options: { name, operations, secureFetch } }
}

/** A wrong name is a mistake in the file, so it is said at the start and not to the model. */
function assertResources(
  client: AuthSecClient,
  { operations = [], secureFetch }: AuthSecMcpServerOptions,
): void {
  const names = client.resources.map(({ name }) => name)
  const uses = [
    ...operations.map((one) => ({ tool: `The operation ${one.name}`, resource: one.resource })),
    ...(secureFetch ? [{ tool: 'secureFetch', resource: secureFetch.resource }] : []),
  ]
  for (const { tool, resource } of uses) {
    if (resource === undefined ? names.length === 1 : names.includes(resource)) continue
    throw configProblem(
      resource === undefined
        ? `${tool} does not say which of the resources it calls.`
        : `${tool} calls the resource ${resource}, which is not configured.`,
      `Set its resource to one of ${names.join(', ')}.`,
    )
  }
}

/** A blank variable is one that is not set. */
export function variable(env: Env, name: string): string | undefined {
  return env[name]?.trim() || undefined
}
