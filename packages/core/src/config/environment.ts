import { ConfigError } from '../errors.ts'
import { invalidOption } from '../options/option-checks.ts'
import { refuseQuotes } from '../options/quotes.ts'
import { readSealingKeys, type SealingKey } from '../options/sealing-keys.ts'

/** The variables this package knows; `process.env` is one of these. */
export type Env = Readonly<Record<string, string | undefined>>

interface EnvironmentOptions {
  baseUrl: string
  clientId: string
  apiToken: string | undefined
  tenantId: string | undefined
  proxy: string | undefined
  approvalKeys: readonly SealingKey[] | undefined
  tokenKeys: readonly SealingKey[] | undefined
  apiUrl: string | undefined
}

/** The mode that the environment selects, with its options. */
export type EnvironmentChoice =
  | ({ mode: 'live' } & EnvironmentOptions)
  | { mode: 'mock'; ignoresLiveVariables: boolean; apiUrl: string | undefined }

const LIVE_VARIABLES = ['AUTHSEC_BASE_URL', 'AUTHSEC_AGENT_CLIENT_ID'] as const
const BOTH = LIVE_VARIABLES.join(' and ')
export const INSTALL_EMULATOR =
  'Install it for development (npm install --save-dev @authsec/emulator), or configure a real AuthSec server.'
export const LEAVE_MOCK_MODE = `Set ${BOTH}, and remove AUTHSEC_MODE=mock.`

/**
 * Decides between live and mock mode, once, by the table of docs/modes.md. A configuration that is
 * neither clearly live nor clearly mock is a `ConfigError`, so that production never uses mock data.
 */
export function readEnvironment(env: Env): EnvironmentChoice {
  const given = LIVE_VARIABLES.filter((name) => value(env, name) !== undefined)
  if (given.length === 1 && modeWish(env) !== 'mock') throw oneMissing(given)
  return choiceOf(env, given.length > 0, `${BOTH} are`, BOTH)
}

/** The same for a pool, whose agents each have a client ID of their own. */
export function readPoolEnvironment(env: Env): EnvironmentChoice {
  const [baseUrl] = LIVE_VARIABLES
  return choiceOf(env, value(env, baseUrl) !== undefined, `${baseUrl} is`, baseUrl)
}

/** @param isGiven - Whether what a live client needs is set. `needed` names it. */
function choiceOf(
  env: Env,
  isGiven: boolean,
  neededAre: string,
  needed: string,
): EnvironmentChoice {
  const wish = modeWish(env)
  if (wish === 'mock') return mock(env, isGiven)
  if (isGiven) return live(env)
  if (wish === 'live') throw missing(`AUTHSEC_MODE is live, but ${neededAre} not set.`, needed)
  const node = value(env, 'NODE_ENV')
  const mockIsMeant = node === 'development' || node === 'test' || wish === 'auto'
  if (mockIsMeant && !isProduction(env)) return mock(env, false)
  throw missing('No AuthSec server is configured.', needed)
}

function modeWish(env: Env): 'auto' | 'live' | 'mock' | undefined {
  const wish = value(env, 'AUTHSEC_MODE')?.toLowerCase()
  if (wish === undefined || wish === 'auto' || wish === 'live' || wish === 'mock') return wish
  refuseQuotes(wish, 'AUTHSEC_MODE')
  throw invalidOption('AUTHSEC_MODE', 'is not a mode', 'Set it to live, mock or auto, or unset it.')
}

function live(env: Env): EnvironmentChoice {
  return {
    mode: 'live',
    baseUrl: env['AUTHSEC_BASE_URL'] ?? '',
    clientId: env['AUTHSEC_AGENT_CLIENT_ID'] ?? '',
    apiToken: value(env, 'AUTHSEC_API_TOKEN'),
    tenantId: value(env, 'AUTHSEC_TENANT_ID'),
    proxy: value(env, 'AUTHSEC_PROXY'),
    approvalKeys: sealingKeys(env, 'AUTHSEC_APPROVAL_KEYS'),
    tokenKeys: sealingKeys(env, 'AUTHSEC_TOKEN_KEYS'),
    apiUrl: value(env, 'AUTHSEC_API_URL'),
  }
}

function mock(env: Env, ignoresLiveVariables: boolean): EnvironmentChoice {
  if (isProduction(env)) {
    throw new ConfigError({
      code: 'mode_refused',
      message: 'Mock mode is refused because NODE_ENV is production.',
      hint: LEAVE_MOCK_MODE,
    })
  }
  return { mode: 'mock', ignoresLiveVariables, apiUrl: value(env, 'AUTHSEC_API_URL') }
}

/** In any case of letters, and in short: mock data in production is worse than a refusal too many. */
function isProduction(env: Env): boolean {
  return /^prod(uction)?$/i.test(value(env, 'NODE_ENV') ?? '')
}

/** A blank variable is one that is not set: shells and compose files produce them. */
function value(env: Env, name: string): string | undefined {
  return env[name]?.trim() || undefined
}

/** `2026-11:KEY,2026-05:KEY`: the first seals, all of them open. */
function sealingKeys(env: Env, name: string): readonly SealingKey[] | undefined {
  const text = value(env, name)
  if (text === undefined) return undefined
  const keys = text.split(',').map((one) => {
    const [, kid = '', key = ''] = /^([^:]*):(.*)$/.exec(one.trim()) ?? []
    return { kid, key }
  })
  readSealingKeys(keys, name)
  return keys
}

function oneMissing(given: readonly string[]): ConfigError {
  const [unset = BOTH] = LIVE_VARIABLES.filter((name) => !given.includes(name))
  return missing(`${given[0]} is set, but ${unset} is not.`, unset)
}

function missing(message: string, variables: string): ConfigError {
  return new ConfigError({
    code: 'config_missing',
    message,
    hint: `Set ${variables}, or AUTHSEC_MODE=mock to try things without a server.`,
  })
}

/** The variables of the process: the default of `createAuthSecClientFromEnv`. Other clients read those of proxies only. Browsers have none. */
export function processEnv(): Env {
  return globalThis.process?.env ?? {}
}
