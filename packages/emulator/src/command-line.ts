import { parseArgs } from 'node:util'
import { ConfigError } from './errors.ts'
import { type EmulatorOptions, emulatorChecks } from './options.ts'
import { allowedHosts, port, type StartEmulatorOptions } from './start-emulator.ts'
import { checkOptions, type OptionChecks } from './support/option-checks.ts'
import { boolean, optional, required, wholeNumber } from './support/option-values.ts'

export const HELP = `authsec-emulator: a local AuthSec server with a protected demo API

Usage: authsec-emulator [options]

  --port N              port on 127.0.0.1 (default 7468; 0 takes any free port)
  --allow-host NAME     accept a further host in Host, such as authsec:8080 (repeatable)
  --permissions a,b     permissions of the first delegation (default metrics:read,records:read)
  --ttl SECONDS         lifetime of delegations (default 3600)
  --profile NAME        2026-04 (default) or workspace, the newer server
  --auto-approve        approve each approval request at once
  --cloud-exchange MODE today (default: rejects every request), token or aws-keys
  --no-rate-limit       do not enforce the server's 100 requests a minute
  --version             print the version of the emulator
  --help                print this text

The emulator prints the two environment variables for the agent to standard output.
While it runs, type: delegate [permission ...], revoke, expire, rotate, approvals, approve [id],
deny [id], credentials, requests, quit.
`

interface CommandLine {
  readonly '--port'?: number
  readonly '--allow-host'?: readonly string[]
  readonly '--permissions'?: string
  readonly '--ttl'?: number
  readonly '--profile'?: NonNullable<EmulatorOptions['profile']>
  readonly '--auto-approve'?: boolean
  readonly '--cloud-exchange'?: NonNullable<EmulatorOptions['cloudExchange']>
  readonly '--no-rate-limit'?: boolean
  readonly '--version'?: boolean
  readonly '--help'?: boolean
}

/** The options that take a value. The others are switches. */
const WITH_VALUE = ['port', 'allow-host', 'permissions', 'ttl', 'profile', 'cloud-exchange']
const NUMBERS: readonly string[] = ['--port', '--ttl']
const REPEATABLE: readonly string[] = ['--allow-host']
const DAY_SECONDS = 86_400

const checks: OptionChecks<CommandLine> = {
  '--port': optional(port),
  '--allow-host': optional(allowedHosts),
  '--permissions': optional(
    required((value) => typeof value === 'string', 'a list such as a:read,b:read'),
  ),
  '--ttl': optional(wholeNumber(1, DAY_SECONDS, 'seconds')),
  '--profile': emulatorChecks.profile,
  '--auto-approve': optional(boolean),
  '--cloud-exchange': emulatorChecks.cloudExchange,
  '--no-rate-limit': optional(boolean),
  '--version': optional(boolean),
  '--help': optional(boolean),
}

/**
 * The options of the emulator, or what the user asked to print instead of starting it.
 * Throws a `ConfigError` when the emulator cannot start with these arguments.
 */
export function readCommandLine(
  args: readonly string[],
): StartEmulatorOptions | 'help' | 'version' {
  const given = parse(args)
  if (given['--help']) return 'help'
  if (given['--version']) return 'version'
  const permissions = given['--permissions']?.split(',').filter((name) => name !== '')
  return {
    port: given['--port'] ?? 7468,
    ttlSeconds: given['--ttl'] ?? 3_600,
    profile: given['--profile'] ?? '2026-04',
    autoApprove: given['--auto-approve'] ?? false,
    cloudExchange: given['--cloud-exchange'] ?? 'today',
    rateLimit: !given['--no-rate-limit'],
    ...(permissions && { permissions }),
    allowedHosts: given['--allow-host'] ?? [],
  }
}

/** Node only splits the arguments. The checks of this package judge them, so that each error has a hint. */
function parse(args: readonly string[]): CommandLine {
  const { tokens, positionals } = parseArgs({
    args: [...args],
    strict: false,
    tokens: true,
    options: Object.fromEntries(WITH_VALUE.map((name) => [name, { type: 'string' } as const])),
  })
  const named = tokens.filter((token) => token.kind === 'option')
  const valuesOf = (wanted: string): (string | undefined)[] =>
    named.filter(({ rawName }) => rawName === wanted).map(({ value }) => value)
  const given: unknown = Object.fromEntries(
    named.map(({ rawName, name, value }) => {
      if (REPEATABLE.includes(rawName)) return [rawName, valuesOf(rawName).filter(isText)]
      const isSwitch = !WITH_VALUE.includes(name)
      const read = isSwitch ? (value ?? true) : value
      return [rawName, NUMBERS.includes(rawName) ? toNumber(read) : read]
    }),
  )
  checkOptions<CommandLine>(given, 'the command line', checks)
  const empty = named.find(({ name, value }) => WITH_VALUE.includes(name) && value === undefined)
  if (empty) {
    throw usageError(`${empty.rawName} has no value.`, `Put a value after ${empty.rawName}.`)
  }
  if (positionals.length > 0) {
    const hint = 'Start each option with --, and type commands while the emulator runs.'
    throw usageError('The command line has an argument that is not an option.', hint)
  }
  return given
}

function usageError(message: string, hint: string): ConfigError {
  return new ConfigError({ code: 'config_invalid', message, hint })
}

function isText(value: string | undefined): value is string {
  return value !== undefined
}

/** Converts a text of digits to a number, and leaves anything else for the check to reject. */
function toNumber(value: unknown): unknown {
  return /^-?\d+$/.test(String(value)) ? Number(value) : value
}
