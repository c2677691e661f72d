import {
  type AuthSecClient,
  type AuthSecEvent,
  ConfigError,
  createAuthSecClientFromEnv,
  createConsoleReporter,
  type Env,
  type FromEnvOverrides,
} from '@authsec/core'
import { createMemoryStore } from '@authsec/core/store'
import type { Io } from '../output/io.ts'
import { type Settings, variable } from './settings.ts'

/** The client that an agent of this environment would have. Warnings and failures go to standard error. */
export function createClient(
  { env, unreadable }: Settings,
  io: Io,
  onEvent: (event: AuthSecEvent) => void,
  overrides: Pick<FromEnvOverrides, 'resources'> = {},
): AuthSecClient {
  if (unreadable !== undefined) throw unreadableFile()
  const report = createConsoleReporter({
    level: 'warn',
    color: io.hasColor,
    write: (line) => io.err(`${line}\n`),
  })
  return createAuthSecClientFromEnv(env, {
    ...ownStore(env),
    ...overrides,
    onEvent: (event) => {
      onEvent(event)
      if (event.type === 'warning') report(event)
    },
  })
}

/**
 * A command takes no token of the agent's processes: it is to see what AuthSec says. Keys are checked where there is a store.
 */
export function ownStore(env: Env): Pick<FromEnvOverrides, 'store'> {
  return variable(env, 'AUTHSEC_TOKEN_KEYS') === undefined ? {} : { store: createMemoryStore() }
}

function unreadableFile(): ConfigError {
  return new ConfigError({
    code: 'config_invalid',
    message: 'The file of --env-file cannot be read.',
    hint: 'Correct --env-file. The path is relative to the working directory.',
  })
}

/** The API of the environment, with a method that a person asked for. */
export function apiFor({ env }: Settings, method: string): Pick<FromEnvOverrides, 'resources'> {
  const baseUrl = variable(env, 'AUTHSEC_API_URL')
  if (baseUrl === undefined || method === 'GET' || method === 'HEAD') return {}
  return { resources: [{ baseUrl, methods: [method] }] }
}
