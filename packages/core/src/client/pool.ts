import { type AuthSecClientOptions, clientOptionChecks } from '../config/client-options.ts'
import { agentConfig, type ClientConfig, createConfig } from '../config/config.ts'
import { type Env, processEnv } from '../config/environment.ts'
import { canonicalClientId } from '../config/identifiers.ts'
import { limiterOf, nameLimit } from '../limiter/limiters.ts'
import { checkOptions, type OptionChecks } from '../options/option-checks.ts'
import { optionalMilliseconds, optionalNumber } from '../options/option-values.ts'
import type { Budgets } from '../policy/budgets.ts'
import { systemClock } from '../support/clock.ts'
import { type AgentBudgets, createAgentBudgets } from './agent-budgets.ts'
import { assembleClient } from './assemble-client.ts'
import { type ClientOverrides, givenOverrides, overridesKey } from './client-overrides.ts'
import type { Foundation } from './client-parts.ts'
import { type AuthSecPool, createClientPool, type PoolLimits } from './client-pool.ts'
import { foundationOf } from './create-client.ts'

/** The options of all clients of a pool, and how many it keeps. */
export interface AuthSecPoolOptions extends Omit<AuthSecClientOptions, 'clientId'> {
  /** The most clients that are kept; the one that was asked for longest ago goes first. Default: 10 000. */
  maxClients?: number | undefined
  /** How long a client is kept that nobody asks for, in milliseconds. Default: 3 600 000, one hour. */
  idleMs?: number | undefined
}

const { clientId: _each, ...sharedChecks } = clientOptionChecks

export const poolChecks: OptionChecks<AuthSecPoolOptions> = {
  ...sharedChecks,
  maxClients: optionalNumber({ least: 1, most: 10_000_000, integer: true }),
  idleMs: optionalMilliseconds,
}

const {
  baseUrl: _ofPool,
  fetch: _itsFetch,
  dispatcher: _itsDispatcher,
  proxy: _itsProxy,
  rateLimit: _itsLimit,
  clock: _itsClock,
  ...overrideChecks
} = sharedChecks

/** Stands for the agents where the options of all of them are checked. */
const NOBODY = '00000000-0000-4000-8000-000000000000'

/**
 * Creates a live pool: one process that acts as many agents. All clients share the connections, the table of
 * resources and the limit towards AuthSec (`rateLimit`). Nothing is sent before the first call.
 *
 * @throws ConfigError - for the first option that is unknown, misspelt or cannot work.
 *
 * @example
 * ```ts
 * import { createAuthSecPool } from '@authsec/core'
 *
 * await using pool = createAuthSecPool({
 *   baseUrl: 'https://auth.example.com',
 *   resources: [{ name: 'billing', baseUrl: 'https://billing.example.com/v1' }],
 * })
 *
 * export async function customer(agent: string, id: string): Promise<unknown> {
 *   const { data } = await pool.client(agent).secureFetch({ endpoint: `customers/${id}` })
 *   return data
 * }
 * ```
 */
export function createAuthSecPool(options: AuthSecPoolOptions): AuthSecPool {
  return createLivePool(options, processEnv())
}

export function createLivePool(options: AuthSecPoolOptions, env: Env): AuthSecPool {
  checkOptions<AuthSecPoolOptions>(options, 'the pool options', poolChecks)
  const { maxClients: _most, idleMs: _idle, ...shared } = options
  const base = createConfig({ ...shared, clientId: NOBODY }, env)
  const limits = limitsOf(options)
  const budgets = createAgentBudgets(limits)
  const budgetsOf = budgetsFor(budgets, {})
  const foundation = { ...foundationOf(shared, base, 'live'), isPooled: true, budgetsOf }
  const leave = nameLimit(
    limiterOf(base.authSecUrl, base.clock),
    base.rateLimit.requestsPerMinute,
    foundation,
  )
  return createClientPool({ ...limits, leave }, canonicalClientId, (clientId, overrides) => {
    const config = configFor(base, shared, clientId, overrides, env)
    return assembleClient(overriddenFoundation(foundation, overrides, budgets), config)
  })
}

/** The clients of an agent count together, unless one has limits of its own. */
export function budgetsFor(
  budgets: AgentBudgets,
  { budget }: ClientOverrides,
): (config: Pick<ClientConfig, 'clientId' | 'budget'>) => Budgets {
  const which = overridesKey({ budget })
  return ({ clientId, budget: limits }) => budgets.of(clientId + which, limits)
}

function overriddenFoundation(
  shared: Foundation,
  overrides: ClientOverrides,
  budgets: AgentBudgets,
): Foundation {
  const { onEvent, store, budget } = overrides
  if (!onEvent && !store && !budget) return shared
  const means = { ...shared.means, ...(store && { store }) }
  const budgetsOf = budget ? budgetsFor(budgets, { budget }) : shared.budgetsOf
  return { ...shared, means, budgetsOf, ...(onEvent && { onEvent }) }
}

/** Without overrides, the agents share all that was checked and made for the pool. */
function configFor(
  base: ClientConfig,
  shared: Omit<AuthSecClientOptions, 'clientId'>,
  clientId: string,
  overrides: ClientOverrides,
  env: Env,
): ClientConfig {
  if (Object.keys(overrides).length === 0) return agentConfig(base, clientId)
  checkOverrides(overrides)
  const { resources: _made, ...others } = shared
  const config = createConfig({ ...others, ...merged(others, overrides), clientId }, env)
  return overrides.resources === undefined ? { ...config, resources: base.resources } : config
}

/** Groups of options are overridden member by member: who sets a limit does not lose the keys. */
export function merged(
  shared: Partial<AuthSecClientOptions>,
  overrides: ClientOverrides,
): ClientOverrides {
  const { approvals, ciba, budget } = overrides
  return {
    ...overrides,
    ...mergedGroup('approvals', shared.approvals, approvals),
    ...mergedGroup('ciba', shared.ciba, ciba),
    ...mergedGroup('budget', shared.budget, budget),
  }
}

function mergedGroup<Group extends object>(
  name: string,
  shared: Group | undefined,
  given: Group | undefined,
): Record<string, object> {
  return given === undefined ? {} : { [name]: { ...shared, ...givenOverrides(given, name) } }
}

export function checkOverrides(overrides: ClientOverrides): void {
  checkOptions<ClientOverrides>(overrides, 'the overrides of a client', overrideChecks)
}

export function limitsOf({
  maxClients,
  idleMs,
  clock,
}: Pick<AuthSecPoolOptions, 'maxClients' | 'idleMs' | 'clock'>): PoolLimits {
  return {
    maxClients: maxClients ?? 10_000,
    idleMs: idleMs ?? 3_600_000,
    clock: clock ?? systemClock,
  }
}
