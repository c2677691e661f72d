import { type AuthSecClientOptions, clientOptionChecks } from '../config/client-options.ts'
import { createConfig } from '../config/config.ts'
import { type Env, processEnv, readEnvironment } from '../config/environment.ts'
import { checkOptions } from '../options/option-checks.ts'
import { isFunction, isObject, optional } from '../options/option-values.ts'
import type { ResourceOptions } from '../policy/resource-policy.ts'
import { createConsoleReporter } from '../reporter.ts'
import { assembleClient } from './assemble-client.ts'
import type { AuthSecClient } from './client.ts'
import { foundationOf } from './create-client.ts'
import { createMockClient } from './mock-client.ts'
import type { EmulatorHandle } from './mock-server.ts'

export interface FromEnvOverrides
  extends Partial<Omit<AuthSecClientOptions, 'baseUrl' | 'clientId'>> {
  /** Mock mode only: the emulator to use, for tests that steer it. Default: a new one. */
  emulator?: EmulatorHandle | undefined
}

/**
 * Creates a client from AUTHSEC_BASE_URL, AUTHSEC_AGENT_CLIENT_ID, AUTHSEC_TENANT_ID,
 * AUTHSEC_API_TOKEN, AUTHSEC_API_URL, AUTHSEC_PROXY, AUTHSEC_APPROVAL_KEYS, AUTHSEC_TOKEN_KEYS (which needs the override
 * `store`) and AUTHSEC_MODE (docs/modes.md). `overrides` take precedence over variables. Without `onEvent`, warnings and failures are printed to standard error.
 *
 * @param env - Default: `process.env`.
 * @throws ConfigError - for a missing or contradictory variable, and for an unknown or unusable override.
 *
 * @example
 * ```ts
 * import { createAuthSecClientFromEnv } from '@authsec/core'
 *
 * const client = createAuthSecClientFromEnv({ AUTHSEC_MODE: 'mock' })
 * const { data } = await client.secureFetch({ endpoint: 'metrics' })
 * console.log(client.mode, data)
 * ```
 */
export function createAuthSecClientFromEnv(
  env: Env = processEnv(),
  overrides: FromEnvOverrides = {},
): AuthSecClient {
  checkOverrides(overrides)
  const choice = readEnvironment(env)
  const onEvent = overrides.onEvent ?? createConsoleReporter({ level: 'warn' })
  if (choice.mode === 'mock') return createMockClient({ ...overrides, onEvent }, choice)
  const { mode: _live, apiUrl, approvalKeys, ...variables } = choice
  const resources: ResourceOptions[] = apiUrl === undefined ? [] : [{ baseUrl: apiUrl }]
  const { emulator: _mockOnly, ...rest } = overrides
  const approvals = { ...(approvalKeys && { keys: approvalKeys }), ...rest.approvals }
  const options = { ...variables, resources, ...rest, approvals, onEvent }
  const config = createConfig(options, env)
  return assembleClient(foundationOf(options, config, 'live'), config)
}

function checkOverrides(overrides: FromEnvOverrides): void {
  const { baseUrl: _fromEnv, clientId: _fromEnvToo, ...checks } = clientOptionChecks
  const emulator = optional((value, field) => {
    isObject(value, field)
    isFunction(Reflect.get(Object(value), 'fetch'), `${field}.fetch`)
  })
  checkOptions<FromEnvOverrides>(overrides, 'the overrides', { ...checks, emulator })
}
