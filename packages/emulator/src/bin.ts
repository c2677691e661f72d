#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { HELP, readCommandLine } from './command-line.ts'
import { errorLine, runCommand } from './terminal.ts'
import { type Emulator, type StartEmulatorOptions, startEmulator } from './start-emulator.ts'

async function main(): Promise<void> {
  const options = readCommandLine(process.argv.slice(2))
  if (options === 'help') return void process.stdout.write(HELP)
  if (options === 'version') return void process.stdout.write(`${version()}\n`)
  const emulator = await startEmulator(options)
  printStart(emulator, options)
  process.once('SIGINT', () => process.exit(0))
  process.once('SIGTERM', () => process.exit(0))
  const hasQuit = await runCommands(emulator)
  // Ctrl-D at a terminal means quit. A background process has no input to end, so it keeps running.
  if (!hasQuit && !process.stdin.isTTY) return
  await emulator.close()
  // A pipe that another process still holds open would keep this process alive.
  process.stdin.destroy()
}

function version(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  const { version } = JSON.parse(text) as { version: string }
  return version
}

/** Only the two assignments go to standard output, so that a script can evaluate it. */
function printStart(emulator: Emulator, { profile }: StartEmulatorOptions): void {
  const server = profile === 'workspace' ? 'newer server, with workspaces' : 'April 2026 server'
  printLine(`AuthSec emulator (${server}), vault at ${emulator.vaultUrl}`)
  printLine('Paste these two lines where the agent runs:')
  process.stdout.write(`export AUTHSEC_BASE_URL=${emulator.baseUrl}\n`)
  process.stdout.write(`export AUTHSEC_AGENT_CLIENT_ID=${emulator.clientId}\n`)
  printLine('Type help for commands.')
}

function printLine(line: string): void {
  if (line !== '') process.stderr.write(`${line}\n`)
}

/** Runs the typed commands. Returns whether the last one was `quit`. */
async function runCommands(emulator: Emulator): Promise<boolean> {
  for await (const line of createInterface({ input: process.stdin })) {
    if (line.trim() === 'quit') return true
    printLine(await runCommand(line, emulator))
  }
  return false
}

main().catch((error: unknown) => {
  const isPortTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
  const message = isPortTaken
    ? 'The port is taken. Choose another with --port, or --port 0 for any free port.'
    : errorLine(error)
  printLine(`authsec-emulator: ${message}`)
  process.exitCode = 1
})
