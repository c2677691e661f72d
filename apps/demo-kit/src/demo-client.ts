import {
  type AuthSecClient,
  createAuthSecClientFromEnv,
  createConsoleReporter,
  type Env,
  type FromEnvOverrides,
  type ResourceOptions,
} from '@authsec/core'
import { type DemoArguments, UsageError } from './demo-arguments.ts'

export interface DemoClientOptions {
  /** Mock mode only: what answers, for a demo that needs other permissions or operations than the usual ones. */
  readonly emulator?: FromEnvOverrides['emulator']
  /** What the agent may do at the API. Default: GET and HEAD. */
  readonly methods?: readonly string[] | undefined
}

/** In mock mode the emulator answers, whatever the name: this one exists nowhere (RFC 6761). */
const MOCK_VAULT = 'https://mock.authsec.invalid/secure-vault/'

/**
 * The client of a demo: from the environment, with `auto` as the mode when none is set, so that a
 * demo runs with nothing configured. It calls `--api`, AUTHSEC_API_URL, or the secure-vault beside the
 * AuthSec server, which the emulator has.
 */
export function createDemoClient(
  env: Env,
  { api }: Pick<DemoArguments, 'api'>,
  { emulator, methods }: DemoClientOptions = {},
): AuthSecClient {
  const isBlank = !env['AUTHSEC_MODE']?.trim()
  const client = createAuthSecClientFromEnv(isBlank ? { ...env, AUTHSEC_MODE: 'auto' } : env, {
    onEvent: createConsoleReporter(),
    emulator,
    ...resourcesFor(env, api, methods && { methods }),
  })
  if (api !== undefined && client.mode === 'mock') {
    throw new UsageError(
      '--api needs a real AuthSec server: set AUTHSEC_BASE_URL and AUTHSEC_AGENT_CLIENT_ID. A mock token opens no real API.',
    )
  }
  return client
}

function resourcesFor(
  env: Env,
  api: string | undefined,
  more: { methods: readonly string[] } | undefined,
): { resources?: ResourceOptions[] } {
  if (api !== undefined) return { resources: [{ baseUrl: api, ...more }] }
  const server = env['AUTHSEC_BASE_URL']?.trim()
  const isMock = !server || env['AUTHSEC_MODE']?.trim().toLowerCase() === 'mock'
  if (isMock) {
    return more ? { resources: [{ name: 'secure-vault', baseUrl: MOCK_VAULT, ...more }] } : {}
  }
  const ownApi = env['AUTHSEC_API_URL']?.trim()
  // Without more to say, the client reads the variable itself.
  if (ownApi) return more ? { resources: [{ baseUrl: ownApi, ...more }] } : {}
  if (!URL.canParse(server)) return {}
  const baseUrl = new URL('/secure-vault/', server)
  return { resources: [{ name: 'secure-vault', baseUrl, ...more }] }
}
