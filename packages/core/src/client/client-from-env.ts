import { type AuthSecClientOptions, clientOptionChecks, createConfig } from '../config/config.ts'
import {
  type Env,
  type EnvironmentChoice,
  processEnv,
  readEnvironment,
} from '../config/environment.ts'
import { createEmitter, type OnEvent } from '../events.ts'
import { isLocalUrl } from '../network/network-guard.ts'
import { checkOptions } from '../options/option-checks.ts'
import { isFunction, isObject, optional } from '../options/option-values.ts'
import type { ResourceOptions } from '../policy/resource-policy.ts'
import { createConsoleReporter } from '../reporter.ts'
import { fingerprint } from '../support/fingerprint.ts'
import { assembleClient } from './assemble-client.ts'
import { type AuthSecClient, foundationOf } from './client.ts'
import { createMockServer, type EmulatorHandle } from './mock-server.ts'

export interface FromEnvOverrides
  extends Partial<Omit<AuthSecClientOptions, 'baseUrl' | 'clientId'>> {
  /** Mock mode only: the emulator to use, for tests that steer it. Default: a new one. */
  emulator?: EmulatorHandle | undefined
}

/** A reserved name (RFC 6761): in mock mode nothing can leave the process even by mistake. */
const MOCK_BASE_URL = 'https://mock.authsec.invalid'
const MOCK_VAULT: ResourceOptions = {
  name: 'secure-vault',
  baseUrl: `${MOCK_BASE_URL}/secure-vault/`,
}

/**
 * Creates a client from AUTHSEC_BASE_URL, AUTHSEC_AGENT_CLIENT_ID, AUTHSEC_TENANT_ID,
 * AUTHSEC_API_TOKEN, AUTHSEC_API_URL, AUTHSEC_PROXY, AUTHSEC_APPROVAL_KEYS and AUTHSEC_MODE (docs/modes.md). `overrides` take precedence over
 * variables. Without `onEvent`, warnings and failures are printed to standard error.
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
  if (choice.mode === 'mock') return createMockClient(overrides, onEvent, choice)
  const { mode: _live, apiUrl, approvalKeys, ...variables } = choice
  const resources: ResourceOptions[] = apiUrl === undefined ? [] : [{ baseUrl: apiUrl }]
  const { emulator: _mockOnly, ...rest } = overrides
  const approvals = { ...(approvalKeys && { keys: approvalKeys }), ...rest.approvals }
  const options = { ...variables, resources, ...rest, approvals, onEvent }
  return assembleClient(foundationOf(options, createConfig(options, env), 'live'))
}

function checkOverrides(overrides: FromEnvOverrides): void {
  const { baseUrl: _fromEnv, clientId: _fromEnvToo, ...checks } = clientOptionChecks
  const emulator = optional((value, field) => {
    isObject(value, field)
    isFunction(Reflect.get(Object(value), 'fetch'), `${field}.fetch`)
  })
  checkOptions<FromEnvOverrides>(overrides, 'the overrides', { ...checks, emulator })
}

/** The same client, on a transport that ends in the emulator. */
function createMockClient(
  { emulator, tenantId: _ofLive, proxy: _ofLiveToo, ...overrides }: FromEnvOverrides,
  onEvent: OnEvent,
  choice: EnvironmentChoice & { mode: 'mock' },
): AuthSecClient {
  const clientId = emulator?.clientId ?? crypto.randomUUID()
  const api = emulator ? undefined : localApi(choice.apiUrl)
  const mockServer = createMockServer(clientId, api?.href)
  const server = async (): Promise<EmulatorHandle> => emulator ?? mockServer()
  const options: AuthSecClientOptions = {
    resources: [api ? { baseUrl: api.href } : MOCK_VAULT],
    ...overrides,
    baseUrl: MOCK_BASE_URL,
    clientId,
    onEvent,
    fetch: async (input, init) =>
      (await server()).fetch(new Request(api ? vaultUrl(input, api) : input, init)),
  }
  const config = createConfig(options)
  const data = api
    ? `calls of ${api.host} go to that API on this computer.`
    : 'its data is invented.'
  const isIgnored = choice.ignoresLiveVariables || (choice.apiUrl !== undefined && !api)
  const ignored = isIgnored ? ' The AUTHSEC_* server variables are ignored.' : ''
  const client = fingerprint('cid', config.clientId)
  createEmitter(onEvent, { client, now: config.clock.now })({
    type: 'warning',
    code: 'mock_mode',
    message: `MOCK: a local emulator answers, its tokens open no real API, ${data}${ignored}`,
  })
  return assembleClient(foundationOf(options, config, 'mock'))
}

/**
 * AUTHSEC_API_URL, if it is an API on this computer: the only kind that mock mode may call. It ends in a
 * slash.
 */
function localApi(apiUrl: string | undefined): URL | undefined {
  if (apiUrl === undefined || !URL.canParse(apiUrl)) return undefined
  const url = new URL(apiUrl)
  if (!isLocalUrl(url) || url.search !== '' || url.hash !== '') return undefined
  if (!url.pathname.endsWith('/')) url.pathname += '/'
  return url
}

/** The URL at the emulator that stands for one of the API: its vault verifies the token and forwards. */
function vaultUrl(input: string, api: URL): string {
  return input.startsWith(api.href) ? MOCK_VAULT.baseUrl + input.slice(api.href.length) : input
}
