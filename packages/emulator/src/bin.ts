#!/usr/bin/env node
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { runCommand } from './console.ts'
import { type StartEmulatorOptions, startEmulator } from './start-emulator.ts'

const HELP = `authsec-emulator: a local AuthSec server with a protected demo API

Usage: authsec-emulator [options]

  --port N              port on 127.0.0.1 (default 7468; 0 takes any free one)
  --permissions a,b     permissions of the first delegation (default metrics:read,records:read)
  --ttl SECONDS         lifetime of delegations (default 3600)
  --no-rate-limit       without the server's 100 requests a minute
  --help                this text

Prints the two environment variables for the agent to standard output.
While it runs, type: delegate [permission ...], revoke, expire, rotate, requests, quit.
`

function readOptions(): StartEmulatorOptions | undefined {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '7468' },
      permissions: { type: 'string' },
      ttl: { type: 'string', default: '3600' },
      'no-rate-limit': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return undefined
  return {
    port: wholeNumber(values.port, '--port', 0, 65_535),
    ttlSeconds: wholeNumber(values.ttl, '--ttl', 1, 86_400),
    rateLimit: !values['no-rate-limit'],
    ...(values.permissions !== undefined && {
      permissions: values.permissions.split(',').filter((name) => name !== ''),
    }),
  }
}

function wholeNumber(text: string, name: string, least: number, most: number): number {
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (number >= least && number <= most) return number
  throw new Error(`${name} must be a whole number from ${least} to ${most}.`)
}

async function main(): Promise<void> {
  const options = readOptions()
  if (!options) return void process.stdout.write(HELP)
  const emulator = await startEmulator(options)
  const say = (line: string): void => void (line && process.stderr.write(`${line}\n`))
  say(`AuthSec emulator (April 2026 server), vault at ${emulator.vaultUrl}`)
  say('Paste these two lines where the agent runs:')
  process.stdout.write(`export AUTHSEC_BASE_URL=${emulator.baseUrl}\n`)
  process.stdout.write(`export AUTHSEC_AGENT_CLIENT_ID=${emulator.clientId}\n`)
  say('Type help for commands.')

  process.once('SIGINT', () => process.exit(0))
  process.once('SIGTERM', () => process.exit(0))
  for await (const line of createInterface({ input: process.stdin })) {
    if (line.trim() === 'quit') return void (await emulator.close())
    say(await runCommand(line, emulator.control, () => emulator.requests.length))
  }
  // Ctrl-D at a terminal means quit; a background process has no input to end and stays.
  if (process.stdin.isTTY) await emulator.close()
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
