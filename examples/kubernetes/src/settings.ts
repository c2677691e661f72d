import { readFileSync } from 'node:fs'

/** What the service needs beside the variables of AuthSec's own packages. */
export interface Settings {
  readonly port: number
  readonly metricsPort: number
  /** Names that callers know, and the client IDs that they do not. */
  readonly agents: ReadonlyMap<string, string>
  readonly redisUrl: string
  readonly redisPassword: string | undefined
  /** The part of this process in what the AuthSec server takes from one address. */
  readonly requestsPerMinute: number
}

export function readSettings(env: NodeJS.ProcessEnv): Settings {
  const replicas = wholeNumber(env, 'REPLICAS')
  const requestsPerMinute = Math.floor(wholeNumber(env, 'REQUESTS_PER_MINUTE') / replicas)
  if (requestsPerMinute < 1) throw new SettingError('REPLICAS', 'is more than REQUESTS_PER_MINUTE')
  return {
    port: wholeNumber(env, 'PORT', 8080),
    metricsPort: wholeNumber(env, 'METRICS_PORT', 9464),
    agents: readAgents(text(env, 'AGENTS_FILE')),
    redisUrl: redisAddress(env, 'REDIS_URL'),
    redisPassword: env['REDIS_PASSWORD'],
    requestsPerMinute,
  }
}

/** Names the variable and never its value, which may be a secret. */
export class SettingError extends Error {
  override readonly name = 'SettingError'
  constructor(variable: string, problem: string) {
    super(`${variable} ${problem}.`)
  }
}

/** `{ "acme": "CLIENT-ID", … }` */
function readAgents(path: string): ReadonlyMap<string, string> {
  let agents: unknown
  try {
    agents = JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    throw new SettingError('AGENTS_FILE', 'names no file of JSON that can be read')
  }
  const entries = Object.entries(Object(agents))
  const isUsable = entries.every((entry): entry is [string, string] => typeof entry[1] === 'string')
  if (entries.length === 0 || !isUsable) {
    throw new SettingError('AGENTS_FILE', 'must hold an object of names and client IDs')
  }
  return new Map(entries)
}

/** What the client takes for something else, such as a socket of this machine, would be an outage that never ends. */
function redisAddress(env: NodeJS.ProcessEnv, name: string): string {
  const address = text(env, name)
  const { protocol, hostname } = URL.parse(address) ?? {}
  if ((protocol === 'redis:' || protocol === 'rediss:') && hostname) return address
  throw new SettingError(name, 'must be redis://… or rediss://…')
}

function text(env: NodeJS.ProcessEnv, name: string): string {
  const value = env[name]?.trim()
  if (!value) throw new SettingError(name, 'is not set')
  return value
}

function wholeNumber(env: NodeJS.ProcessEnv, name: string, ifUnset?: number): number {
  if (ifUnset !== undefined && !env[name]) return ifUnset
  const value = Number(text(env, name))
  if (Number.isInteger(value) && value > 0 && value <= 65_535) return value
  throw new SettingError(name, 'must be a whole number from 1 to 65535')
}
