import {
  type AuthSecClient,
  createAuthSecClientFromEnv,
  type Env,
  type FromEnvOverrides,
} from '@authsec/core'
import type { AuthSecMcpServerOptions } from '../server/server-options.ts'
import type { CommandLine } from './command-line.ts'
import type { FileConfig } from './config-file.ts'
import { configProblem } from './config-problem.ts'
import { vaultConfig } from './default-config.ts'

/** The client and the tools, from the environment and the file. Throws `ConfigError`. */
export function createParts(
  env: Env,
  file: FileConfig | undefined,
  { onEvent, store }: Pick<FromEnvOverrides, 'onEvent' | 'store'>,
  hasDocument = false,
): { client: AuthSecClient; options: AuthSecMcpServerOptions } {
  const clientSecret = variable(env, 'AUTHSEC_CIBA_CLIENT_SECRET')
  const ciba = { ...file?.ciba, ...(clientSecret !== undefined && { clientSecret }) }
  const resources = file?.resources && { resources: file.resources }
  const { approvals, budget } = file ?? {}
  const client = createAuthSecClientFromEnv(env, {
    ...{ onEvent, store, ciba, approvals, budget },
    ...resources,
  })
  if (client.resources.length === 0) {
    throw configProblem(
      'No protected API is configured, so the tools have nothing to call.',
      'Set AUTHSEC_API_URL, or list resources in the file given with --config.',
      'config_missing',
    )
  }
  const isPlainMock = client.mode === 'mock' && !hasDocument
  const { name, operations, secureFetch } = file ?? (isPlainMock ? vaultConfig : {})
  return { client, options: { name, operations, secureFetch } }
}

/** The variables, with the proxy of the command line in place of the one they name. */
export function environmentOf(env: Env, { proxy }: Pick<CommandLine, 'proxy'>): Env {
  return proxy === undefined ? env : { ...env, AUTHSEC_PROXY: proxy }
}

/** A blank variable counts as not set. */
export function variable(env: Env, name: string): string | undefined {
  return env[name]?.trim() || undefined
}
