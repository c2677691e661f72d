import type { AuthSecClient, Env } from '@authsec/core'
import { createDelegationVerifier } from '@authsec/verify'
import type { HttpChoice } from '../config/command-line.ts'
import { configProblem } from '../config/config-problem.ts'
import { variable } from '../config/settings.ts'
import { type InboundOptions, metadataUrlOf } from './caller-auth.ts'
import { isWebAddress } from './server-address.ts'

/** How callers are checked: not at all on loopback, unless an audience is set. Throws `ConfigError`. */
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
    throw configProblem(
      mode === 'mock'
        ? 'AUTHSEC_MCP_AUDIENCE is set, but in mock mode no caller has a token to verify.'
        : 'AUTHSEC_MCP_AUDIENCE is set, but AUTHSEC_TENANT_ID is not.',
      'To check callers, set AUTHSEC_BASE_URL and AUTHSEC_TENANT_ID of a live AuthSec server.',
      'config_missing',
    )
  }
  const proxy = variable(env, 'AUTHSEC_PROXY')
  const permissions = variable(env, 'AUTHSEC_MCP_PERMISSION')
    ?.split(/[\s,]+/)
    .filter(Boolean)
  return {
    verifier: verifierFor({ authSecUrl, tenantId, audience, publicUrl, ...(proxy && { proxy }) }),
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
  proxy?: string
}): InboundOptions['verifier'] {
  try {
    return createDelegationVerifier({ ...options, resourceMetadataUrl: metadataUrlOf(publicUrl) })
  } catch (error) {
    throw configProblem(
      `Callers cannot be checked: ${error instanceof Error ? error.message : 'bad options.'}`,
      'Correct AUTHSEC_MCP_AUDIENCE, AUTHSEC_TENANT_ID and AUTHSEC_MCP_PUBLIC_URL.',
    )
  }
}

function assertLoopback(host: string): void {
  if (/^(127(\.\d{1,3}){3}|::1|localhost)$/.test(host)) return
  throw configProblem(
    `Everybody who reaches ${host} could use the agent's identity, so this address requires a check of callers.`,
    'Set AUTHSEC_MCP_AUDIENCE and AUTHSEC_TENANT_ID, or leave out --host.',
    'config_missing',
  )
}

/** The address that clients use: the configured one, or the one it listens at. Throws `ConfigError`. */
export function publicUrlOf(env: Env, origin: string): string {
  const configured = variable(env, 'AUTHSEC_MCP_PUBLIC_URL')
  if (configured === undefined) return `${origin}/mcp`
  if (isWebAddress(configured)) return new URL(configured).href
  throw configProblem(
    'AUTHSEC_MCP_PUBLIC_URL is not the address of a server.',
    'Give scheme, host and path, such as https://mcp.example.com/mcp.',
  )
}
