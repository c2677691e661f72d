#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { runCommand } from './console.ts'
import { type Emulator, type StartEmulatorOptions, startEmulator } from './start-emulator.ts'

const HELP = `authsec-emulator: a local AuthSec server with a protected demo API

Usage: authsec-emulator [options]

  --port N              port on 127.0.0.1 (default 7468; 0 takes any free one)
  --permissions a,b     permissions of the first delegation (default metrics:read,records:read)
  --ttl SECONDS         lifetime of delegations (default 3600)
  --profile NAME        2026-04 (default) or workspace, the newer server
  --auto-approve        approve every approval request at once
  --cloud-exchange MODE today (default: always refuses), token or aws-keys
  --no-rate-limit       without the server's 100 requests a minute
  --version             the version of the emulator
  --help                this text

Prints the two environment variables for the agent to standard output.
While it runs, type: delegate [permission ...], revoke, expire, rotate, approvals, approve [id],
deny [id], credentials, requests, quit.
`

function readOptions(): StartEmulatorOptions | string {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '7468' },
      permissions: { type: 'string' },
      ttl: { type: 'string', default: '3600' },
      profile: { type: 'string', default: '2026-04' },
      'auto-approve': { type: 'boolean', default: false },
      'cloud-exchange': { type: 'string', default: 'today' },
      'no-rate-limit': { type: 'boolean', default: false },
      version: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return HELP
  if (values.version) return `${version()}\n`
  return {
    port: wholeNumber(values.port, '--port', 0, 65_535),
    ttlSeconds: wholeNumber(values.ttl, '--ttl', 1, 86_400),
    profile: oneOf(values.profile, '--profile', ['2026-04', 'workspace']),
    autoApprove: values['auto-approve'],
    cloudExchange: oneOf(values['cloud-exchange'], '--cloud-exchange', [
      'today',
      'token',
      'aws-keys',
    ]),
    rateLimit: !values['no-rate-limit'],
    ...(values.permissions !== undefined && {
      permissions: values.permissions.split(',').filter((name) => name !== ''),
    }),
  }
}

function version(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  const { version } = JSON.parse(text) as { version: string }
  return version
}

function oneOf<const T extends string>(text: string, name: string, choices: readonly T[]): T {
  const choice = choices.find((one) => one === text)
  if (choice !== undefined) return choice
  throw new Error(`${name} must be one of ${choices.join(', ')}.`)
}

function wholeNumber(text: string, name: string, least: number, most: number): number {
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (number >= least && number <= most) return number
  throw new Error(`${name} must be a whole number from ${least} to ${most}.`)
}

async function main(): Promise<void> {
  const options = readOptions()
  if (typeof options === 'string') return void process.stdout.write(options)
  const emulator = await startEmulator(options)
  const say = (line: string): void => void (line && process.stderr.write(`${line}\n`))
  const server =
    options.profile === 'workspace' ? 'newer server, with workspaces' : 'April 2026 server'
  say(`AuthSec emulator (${server}), vault at ${emulator.vaultUrl}`)
  say('Paste these two lines where the agent runs:')
  process.stdout.write(`export AUTHSEC_BASE_URL=${emulator.baseUrl}\n`)
  process.stdout.write(`export AUTHSEC_AGENT_CLIENT_ID=${emulator.clientId}\n`)
  say('Type help for commands.')

  process.once('SIGINT', () => process.exit(0))
  process.once('SIGTERM', () => process.exit(0))
  const isTold = await obey(emulator, say)
  // Ctrl-D at a terminal means quit; a background process has no input to end and stays.
  if (!isTold && !process.stdin.isTTY) return
  await emulator.close()
  // A pipe that somebody still holds open would keep the process alive.
  process.stdin.destroy()
}

/** Runs the commands that come in; returns whether the last was to quit. */
async function obey(emulator: Emulator, say: (line: string) => void): Promise<boolean> {
  for await (const line of createInterface({ input: process.stdin })) {
    if (line.trim() === 'quit') return true
    say(await runCommand(line, emulator))
  }
  return false
}

main().catch((error: unknown) => {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  const message =
    code === 'EADDRINUSE'
      ? 'The port is taken. Choose another with --port, or --port 0 for any free one.'
      : error instanceof Error
        ? error.message
        : 'The emulator could not start.'
  process.stderr.write(`authsec-emulator: ${message}\n`)
  process.exitCode = 1
})
