import { parseArgs } from 'node:util'

/** A mistake in the arguments or the environment. Its message names the remedy. */
class UsageError extends Error {
  override readonly name = 'UsageError'
}

export interface Settings {
  help: boolean
  /** Port on 127.0.0.1; 0 takes any free port. */
  port: number
  audience: string
  authSecUrl: string
  tenantId: string
}

export function readSettings(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Settings {
  const { help, port, audience } = readArguments(argv)
  return {
    help,
    port: portNumber(port),
    audience,
    authSecUrl: help ? '' : required(env, 'AUTHSEC_BASE_URL', 'the URL of the AuthSec server'),
    tenantId: help ? '' : required(env, 'AUTHSEC_TENANT_ID', "the tenant's UUID"),
  }
}

function readArguments(argv: readonly string[]): { help: boolean; port: string; audience: string } {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        help: { type: 'boolean', short: 'h', default: false },
        port: { type: 'string', default: '7470' },
        audience: { type: 'string', default: 'authsec-api' },
      },
    }).values
  } catch (error) {
    const message = error instanceof Error ? error.message.split('. ')[0] : 'Unknown options'
    throw new UsageError(`${message}. Try --help.`)
  }
}

function portNumber(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (port <= 65_535) return port
  throw new UsageError('--port must be a whole number from 0 to 65535.')
}

function required(
  env: Readonly<Record<string, string | undefined>>,
  name: string,
  what: string,
): string {
  const value = env[name]?.trim()
  if (value) return value
  throw new UsageError(`${name} is not set. Set it to ${what}. Try --help.`)
}
