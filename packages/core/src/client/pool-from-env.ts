import {
  type Env,
  type EnvironmentChoice,
  processEnv,
  readPoolEnvironment,
} from '../config/environment.ts'
import { canonicalClientId } from '../config/identifiers.ts'
import { checkOptions } from '../options/option-checks.ts'
import { createConsoleReporter } from '../reporter.ts'
import { createAgentBudgets } from './agent-budgets.ts'
import { type AuthSecPool, createClientPool } from './client-pool.ts'
import { createMockClient } from './mock-client.ts'
import {
  type AuthSecPoolOptions,
  budgetsFor,
  checkOverrides,
  createLivePool,
  limitsOf,
  merged,
  poolChecks,
} from './pool.ts'

/** The options of a pool from the environment. */
export type PoolFromEnvOptions = Partial<Omit<AuthSecPoolOptions, 'baseUrl'>>

/**
 * Creates a pool from AUTHSEC_BASE_URL and the other variables of `createAuthSecClientFromEnv`, except for
 * AUTHSEC_AGENT_CLIENT_ID: each agent has its own. In mock mode (docs/modes.md) each client has an emulator of
 * its own. `options` take precedence over variables.
 *
 * @param env - Default: `process.env`.
 * @throws ConfigError - for a missing or contradictory variable, and for an option that cannot be used.
 *
 * @example
 * ```ts
 * import { createAuthSecPoolFromEnv } from '@authsec/core'
 *
 * await using pool = createAuthSecPoolFromEnv({ AUTHSEC_MODE: 'mock' })
 * const agents = ['3b241101-e2bb-4255-8caf-4136c566a962', '0d5b7c3e-7a0f-4a5e-9d6b-8f3f5a1f2c11']
 * const answers = agents.map((agent) => pool.client(agent).secureFetch({ endpoint: 'metrics' }))
 * console.log((await Promise.all(answers)).map(({ status }) => status))
 * ```
 */
export function createAuthSecPoolFromEnv(
  env: Env = processEnv(),
  options: PoolFromEnvOptions = {},
): AuthSecPool {
  const { baseUrl: _ofEnv, ...checks } = poolChecks
  checkOptions<PoolFromEnvOptions>(options, 'the pool options', checks)
  const choice = readPoolEnvironment(env)
  const onEvent = options.onEvent ?? createConsoleReporter({ level: 'warn' })
  if (choice.mode === 'live') {
    const { mode: _live, clientId: _ofOne, apiUrl, approvalKeys, ...variables } = choice
    const resources = apiUrl === undefined ? [] : [{ baseUrl: apiUrl }]
    const approvals = { ...(approvalKeys && { keys: approvalKeys }), ...options.approvals }
    return createLivePool({ ...variables, resources, ...options, approvals, onEvent }, env)
  }
  return createMockPool({ ...options, onEvent }, choice)
}

/** Only the first client says that this is mock mode. */
function createMockPool(
  options: PoolFromEnvOptions,
  choice: EnvironmentChoice & { mode: 'mock' },
): AuthSecPool {
  const { maxClients: _most, idleMs: _idle, ...shared } = options
  let announce = true
  const limits = limitsOf(options)
  const budgets = createAgentBudgets(limits)
  return createClientPool(limits, canonicalClientId, (clientId, overrides) => {
    checkOverrides(overrides)
    const given = { ...shared, ...merged(shared, overrides), clientId }
    const client = createMockClient(given, choice, {
      announce,
      budgetsOf: budgetsFor(budgets, overrides),
    })
    announce = false
    return client
  })
}
