import { emulatorChecks } from './options.ts'
import { allowedHosts, port, type StartEmulatorOptions } from './start-emulator.ts'
import type { OptionCheck } from './support/option-checks.ts'
import { boolean, optional, required, wholeNumber } from './support/option-values.ts'

/** The options of the emulator, and what only the command line has. */
export interface CommandLineOptions extends StartEmulatorOptions {
  /** Whether the console opens in the person's browser. */
  readonly open?: boolean
}

/** A flag of the command line, which sets one option. */
export interface Flag {
  readonly option: keyof CommandLineOptions
  /** The name of the value in the help. A flag without one is a switch. */
  readonly value?: string
  readonly help: string
  /** The check of the value as it was typed, or of its number. Default: the check of the option. */
  readonly check?: OptionCheck
  /** Turns the checked value into the option's. Default: the value itself. */
  readonly read?: (value: unknown) => unknown
  /** Whether the flag may be repeated, which makes its list longer. */
  readonly isList?: true
}

const DAY_SECONDS = 86_400
const isText = (value: unknown): boolean => typeof value === 'string'
const listOf = (example: string): Pick<Flag, 'check' | 'read' | 'isList'> => ({
  isList: true,
  check: required(isText, `a list such as ${example}`),
  read: (value) =>
    String(value)
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== ''),
})

export const flags: Readonly<Record<string, Flag>> = {
  '--port': {
    ...{ option: 'port', value: 'N', check: port },
    help: 'port on 127.0.0.1 (default 7468; 0 takes any free port)',
  },
  '--allow-host': {
    ...{ option: 'allowedHosts', value: 'a,b', ...listOf('authsec:8080') },
    help: 'further hosts in Host, such as authsec:8080',
  },
  '--client-id': { option: 'clientId', value: 'UUID', help: 'client ID of the agent' },
  '--tenant-id': { option: 'tenantId', value: 'UUID', help: 'tenant, or workspace, of the agent' },
  '--permissions': {
    ...{ option: 'permissions', value: 'a,b', ...listOf('a:read,b:read') },
    help: 'permissions of the first delegation (default metrics:read,records:read)',
  },
  '--audience': {
    ...{ option: 'audience', value: 'a,b', ...listOf('authsec-api,crm-api') },
    help: 'audience of the first delegation (default authsec-api)',
  },
  '--ttl': {
    ...{ option: 'ttlSeconds', value: 'SECONDS', check: wholeNumber(1, DAY_SECONDS, 'seconds') },
    help: 'lifetime of delegations (default 3600)',
  },
  '--profile': {
    ...{ option: 'profile', value: 'NAME' },
    help: '2026-04 (default) or workspace, the newer server',
  },
  '--users': {
    ...{ option: 'users', value: 'a@x,b@y', ...listOf('ada@example.com,bob@example.com') },
    help: 'users who can approve',
  },
  '--approvals': {
    ...{ option: 'approvals', value: 'MODE' },
    help: 'approve or deny each request at once, or manual (default)',
  },
  '--poll-interval': {
    ...{ option: 'pollIntervalSeconds', value: 'SECONDS' },
    help: 'interval between polls of an approval (default 5, or 1 without manual)',
  },
  '--ciba-client-id': {
    ...{ option: 'cibaClientId', value: 'UUID' },
    help: 'client that requests approvals in the tenant flow',
  },
  '--notification-url': {
    ...{ option: 'notificationUrl', value: 'URL' },
    help: 'endpoint on this computer that gets pings when an approval is decided',
  },
  '--cloud-exchange': {
    ...{ option: 'cloudExchange', value: 'MODE' },
    help: 'today (default: rejects every request), token or aws-keys',
  },
  '--no-rate-limit': {
    ...{ option: 'rateLimit', read: () => false },
    help: "do not enforce the server's limits, such as 100 requests a minute",
  },
  '--forward': {
    ...{ option: 'forward', value: 'URL' },
    help: 'API on this computer that answers instead of the demo vault',
  },
  '--vault-audience': {
    ...{ option: 'vaultAudience', value: 'NAME' },
    help: 'audience that the vault requires (default authsec-api)',
  },
  '--vault-envelope': {
    option: 'vaultEnvelope',
    help: 'demo data in the form of the official Python demonstrations',
  },
  '--no-console': {
    ...{ option: 'console', read: () => false },
    help: 'no page at / to see calls and decide about approvals',
  },
  '--open': { option: 'open', help: 'open that page in the browser' },
  '--mock-issuer': {
    option: 'mockIssuer',
    help: 'tokens with an issuer that no real verifier accepts',
  },
}

const checks = { ...emulatorChecks, port, allowedHosts, console: boolean, open: boolean }

/** The check of a value as it was typed. */
export function checkOf({ option, value, check }: Flag): OptionCheck {
  if (value === undefined) return optional(boolean)
  return optional(check ?? checks[option])
}

/** Whether the value is a number, which is typed as digits. */
export function isNumeric({ option }: Flag): boolean {
  return option === 'port' || option.endsWith('Seconds')
}
