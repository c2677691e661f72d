import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { HELP, readCommandLine } from './command-line.ts'
import { openPage } from './open-page.ts'
import { type Emulator, type StartEmulatorOptions, startEmulator } from './start-emulator.ts'
import { errorLine, runCommand } from './terminal.ts'

/**
 * Runs the command line of `authsec-emulator` in this process: reads `args`, starts the emulator and takes commands
 * from standard input until `quit`. Sets `process.exitCode` to 1 after a mistake, which it prints with the remedy. It
 * never rejects.
 *
 * @param args - The arguments after the name of the program, such as `['--port', '0']`.
 *
 * @example
 * ```ts
 * import { runEmulator } from '@authsec/emulator/command-line'
 *
 * await runEmulator(['--help'])
 * ```
 */
export async function runEmulator(args: readonly string[]): Promise<void> {
  try {
    await run(args)
  } catch (error) {
    const isPortTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
    const message = isPortTaken
      ? 'The port is taken. Choose another with --port, or --port 0 for any free port.'
      : errorLine(error)
    printLine(`authsec-emulator: ${message}`)
    process.exitCode = 1
  }
}

async function run(args: readonly string[]): Promise<void> {
  const options = readCommandLine(args)
  if (options === 'help') return void process.stdout.write(HELP)
  if (options === 'version') return void process.stdout.write(`${version()}\n`)
  const { open = false, ...rest } = options
  const emulator = await startEmulator(rest)
  printStart(emulator, rest)
  if (open) openConsole(emulator, rest)
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
function printStart(emulator: Emulator, options: StartEmulatorOptions): void {
  const { profile, console: hasConsole } = options
  const server = profile === 'workspace' ? 'newer server, with workspaces' : 'April 2026 server'
  printLine(`AuthSec emulator (${server}), vault at ${emulator.vaultUrl}`)
  if (hasConsole)
    printLine(`Console, to see calls and decide about approvals: ${consoleUrl(emulator)}`)
  printLine('Paste these two lines where the agent runs:')
  process.stdout.write(`export AUTHSEC_BASE_URL=${emulator.baseUrl}\n`)
  process.stdout.write(`export AUTHSEC_AGENT_CLIENT_ID=${emulator.clientId}\n`)
  printLine('Type help for commands.')
}

/** The page has no path of its own. */
function consoleUrl({ baseUrl }: Emulator): string {
  return `${baseUrl}/`
}

function openConsole(emulator: Emulator, options: StartEmulatorOptions): void {
  if (options.console) openPage(consoleUrl(emulator), cannotOpen)
  else printLine('There is no console to open. Omit --no-console.')
}

function cannotOpen(): void {
  printLine('No browser could be opened. Open the address of the console yourself.')
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
