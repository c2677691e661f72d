import {
  type AuthSecClient,
  createAuthSecClientFromEnv,
  createConsoleReporter,
  type Env,
  type FromEnvOverrides,
  type ResourceOptions,
} from '@authsec/core'
import { type DemoArguments, UsageError } from './demo-arguments.ts'

/**
 * The client of a demo: from the environment, with `auto` as the mode when none is set, so that a
 * demo runs with nothing configured. It reads from `--api`, from AUTHSEC_API_URL, or from the
 * secure-vault beside the AuthSec server, which the emulator has. In mock mode `emulator` answers,
 * for a demo that needs other permissions than the usual ones.
 */
export function createDemoClient(
  env: Env,
  { api }: Pick<DemoArguments, 'api'>,
  { emulator }: Pick<FromEnvOverrides, 'emulator'> = {},
): AuthSecClient {
  const isBlank = !env['AUTHSEC_MODE']?.trim()
  const client = createAuthSecClientFromEnv(isBlank ? { ...env, AUTHSEC_MODE: 'auto' } : env, {
    onEvent: createConsoleReporter(),
    emulator,
    ...resourcesFor(env, api),
  })
  if (api !== undefined && client.mode === 'mock') {
    throw new UsageError(
      '--api needs a real AuthSec server: set AUTHSEC_BASE_URL and AUTHSEC_AGENT_CLIENT_ID. A mock token opens no real API.',
    )
  }
  return client
}

function resourcesFor(env: Env, api: string | undefined): { resources?: ResourceOptions[] } {
  if (api !== undefined) return { resources: [{ baseUrl: api }] }
  const server = env['AUTHSEC_BASE_URL']?.trim()
  if (env['AUTHSEC_API_URL']?.trim() || !server || !URL.canParse(server)) return {}
  const isMock = env['AUTHSEC_MODE']?.trim().toLowerCase() === 'mock'
  if (isMock) return {}
  const baseUrl = new URL('/secure-vault/', server)
  return { resources: [{ name: 'secure-vault', baseUrl }] }
}
