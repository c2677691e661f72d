import type { FromEnvOverrides } from '@authsec/core'
import {
  type AuthSecClient,
  ConfigError,
  createAuthSecClientFromEnv,
  type Env,
} from '@authsec/core'
import { createDelegationVerifier } from '@authsec/verify'
import type { HttpChoice } from './command-line.ts'
import type { FileConfig } from './config-file.ts'
import { vaultConfig } from './default-config.ts'
import { type InboundOptions, metadataUrlOf } from './inbound.ts'
import type { AuthSecMcpServerOptions } from './mcp-server.ts'

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
    throw new ConfigError({
      code: 'config_missing',
      message: 'No protected API is configured, so there is nothing the tools could call.',
      hint: 'Set AUTHSEC_API_URL, or list resources in the file given with --config.',
    })
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
    throw new ConfigError({
      code: 'config_invalid',
      message:
        resource === undefined
          ? `${tool} does not say which of the resources it calls.`
          : `${tool} calls the resource ${resource}, which is not configured.`,
      hint: `Set its resource to one of ${names.join(', ')}.`,
    })
  }
}

/** What HTTP callers must bring: nothing on loopback unless an audience is set. Throws `ConfigError`. */
export function createInbound(
  env: Env,
  http: HttpChoice,
  mode: AuthSecClient['mode'],
  publicUrl: string,
): InboundOptions | undefined {
  const audience = variable(env, 'AUTHSEC_MCP_AUDIENCE')
  if (audience === undefined) {
    assertLoopback(http.host)
    return undefined
  }
  const tenantId = variable(env, 'AUTHSEC_TENANT_ID')
  const authSecUrl = variable(env, 'AUTHSEC_BASE_URL')
  if (mode === 'mock' || tenantId === undefined || authSecUrl === undefined) {
    throw new ConfigError({
      code: 'config_missing',
      message:
        mode === 'mock'
          ? 'AUTHSEC_MCP_AUDIENCE is set, but in mock mode no caller has a token that could be checked.'
          : 'AUTHSEC_MCP_AUDIENCE is set, but AUTHSEC_TENANT_ID is not.',
      hint: 'Checking callers needs AUTHSEC_BASE_URL and AUTHSEC_TENANT_ID of a real AuthSec server.',
    })
  }
  const permissions = variable(env, 'AUTHSEC_MCP_PERMISSION')
    ?.split(/[\s,]+/)
    .filter(Boolean)
  return {
    verifier: verifierFor({ authSecUrl, tenantId, audience, publicUrl }),
    permissions,
    authSecUrl,
  }
}

function verifierFor({
  publicUrl,
  ...options
}: {
  authSecUrl: string
  tenantId: string
  audience: string
  publicUrl: string
}): InboundOptions['verifier'] {
  try {
    return createDelegationVerifier({ ...options, resourceMetadataUrl: metadataUrlOf(publicUrl) })
  } catch (error) {
    throw new ConfigError({
      code: 'config_invalid',
      message: `Callers cannot be checked: ${error instanceof Error ? error.message : 'bad options.'}`,
      hint: 'Correct AUTHSEC_MCP_AUDIENCE, AUTHSEC_TENANT_ID and AUTHSEC_MCP_PUBLIC_URL.',
    })
  }
}

function assertLoopback(host: string): void {
  if (/^(127(\.\d{1,3}){3}|::1|localhost)$/.test(host)) return
  throw new ConfigError({
    code: 'config_missing',
    message: `Everybody who reaches ${host} could use the agent's identity, so callers must be checked there.`,
    hint: 'Set AUTHSEC_MCP_AUDIENCE and AUTHSEC_TENANT_ID, or leave --host out.',
  })
}

/** The address clients use: as configured, or where the server listens. Throws `ConfigError`. */
export function publicUrlOf(env: Env, origin: string): string {
  const configured = variable(env, 'AUTHSEC_MCP_PUBLIC_URL')
  if (configured === undefined) return `${origin}/mcp`
  const url = URL.canParse(configured) ? new URL(configured) : undefined
  const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:'
  if (url && isWeb && !url.search && !url.hash && !url.username) return url.href
  throw new ConfigError({
    code: 'config_invalid',
    message: 'AUTHSEC_MCP_PUBLIC_URL is not the address of a server.',
    hint: 'Give scheme, host and path, such as https://mcp.example.com/mcp.',
  })
}

/** A blank variable is one that is not set. */
function variable(env: Env, name: string): string | undefined {
  return env[name]?.trim() || undefined
}
