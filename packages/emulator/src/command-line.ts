import { parseArgs } from 'node:util'
import { type CommandLineOptions, checkOf, flags, isNumeric } from './command-line-flags.ts'
import { ConfigError } from './errors.ts'
import { checkOptions } from './support/option-checks.ts'
import { boolean, optional } from './support/option-values.ts'

/** Flags that print something instead of starting the emulator. */
const PRINTING = { '--version': 'print the version of the emulator', '--help': 'print this text' }

export const HELP = `authsec-emulator: a local AuthSec server with a protected demo API

Usage: authsec-emulator [options]

${helpLines()}

The emulator prints the two environment variables for the agent to standard output.
While it runs, type: delegate [permission ...], revoke, expire, rotate, approvals, approve [id],
deny [id], credentials, requests, quit.
`

function helpLines(): string {
  const own = Object.entries(flags).map(([name, { value = '', help }]) => [
    `${name} ${value}`,
    help,
  ])
  return [...own, ...Object.entries(PRINTING)]
    .map(([usage = '', help = '']) => `  ${usage.trim().padEnd(23)} ${help}`)
    .join('\n')
}

const checks = {
  ...Object.fromEntries(Object.entries(flags).map(([name, flag]) => [name, checkOf(flag)])),
  ...Object.fromEntries(Object.keys(PRINTING).map((name) => [name, optional(boolean)])),
}

type CommandLine = Readonly<Record<string, unknown>>

/**
 * The options of the emulator, or what the user asked to print instead of starting it.
 * Throws a `ConfigError` when the emulator cannot start with these arguments.
 */
export function readCommandLine(args: readonly string[]): CommandLineOptions | 'help' | 'version' {
  const given = parse(args)
  if (given['--help']) return 'help'
  if (given['--version']) return 'version'
  const options = Object.entries(flags).flatMap(([name, { option, read }]) => {
    const value = given[name]
    return value === undefined ? [] : [[option, read ? read(value) : value] as const]
  })
  return { port: 7468, console: true, ...Object.fromEntries(options) }
}

/** Node only splits the arguments. The checks of this package judge them, so that each error has a hint. */
function parse(args: readonly string[]): CommandLine {
  const withValue = Object.entries(flags).flatMap(([name, { value }]) => (value ? [name] : []))
  const { tokens, positionals } = parseArgs({
    args: [...args],
    strict: false,
    tokens: true,
    options: Object.fromEntries(withValue.map((name) => [name.slice(2), { type: 'string' }])),
  })
  const named = tokens.filter((token) => token.kind === 'option')
  const given: Record<string, unknown> = {}
  for (const { rawName, value } of named) {
    const read = withValue.includes(rawName) ? value : (value ?? true)
    const flag = flags[rawName]
    const before = flag?.isList ? given[rawName] : undefined
    const all = before === undefined ? read : `${before},${read}`
    given[rawName] = flag && isNumeric(flag) ? toNumber(all) : all
  }
  checkOptions<CommandLine>(given, 'the command line', checks)
  const empty = named.find(({ rawName, value }) => withValue.includes(rawName) && !value)
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

/** Converts a text of digits to a number, and leaves anything else for the check to reject. */
function toNumber(value: unknown): unknown {
  return /^-?\d+$/.test(String(value)) ? Number(value) : value
}
