#!/usr/bin/env node
import { Writable } from 'node:stream'
import { AuthSecError, createConsoleReporter } from '@authsec/core'
import { type CommandLine, HELP, type HttpChoice, parseCommandLine } from './config/command-line.ts'
import { readConfigFile } from './config/config-file.ts'
import { createParts } from './config/settings.ts'
import { createAuthSecMcpServerFactory } from './server/mcp-server.ts'
import { startStdioServer } from './stdio/stdio-server.ts'
import { VERSION } from './version.ts'

interface Running {
  /** Resolves when the client of a stdio server has gone. */
  readonly ended: Promise<void>
  close(): Promise<void>
}

type Parts = ReturnType<typeof createParts>

async function main(output: Writable): Promise<void> {
  const commandLine = parseCommandLine(process.argv.slice(2))
  if (commandLine.help) return void output.write(HELP)
  if (commandLine.version) return void output.write(`${VERSION}\n`)
  const parts = await load(commandLine)
  const running = commandLine.http
    ? await serveHttp(parts, commandLine.http)
    : serveStdio(parts, output)
  await Promise.race([running.ended, stopSignal()])
  // Whatever hangs, no server outlives its client.
  setTimeout(() => process.exit(0), 2_000).unref()
  await running.close()
  await parts.client.close()
  process.exit(0)
}

async function load({ config, quiet }: CommandLine): Promise<Parts> {
  const file = config === undefined ? undefined : await readConfigFile(config)
  const reporter = createConsoleReporter({ level: quiet ? 'warn' : 'info' })
  return createParts(process.env, file, reporter)
}

function serveStdio({ client, options }: Parts, output: Writable): Running {
  const factory = createAuthSecMcpServerFactory(client, { ...options, onError })
  return startStdioServer(factory, { input: process.stdin, output, onProblem: say })
}

async function serveHttp({ client, options }: Parts, http: HttpChoice): Promise<Running> {
  // Loaded only here: over standard input and output nothing of it is needed.
  const side = await import('./http/serve-http.ts')
  const served = await side.serveHttp(client, { ...options, onError }, http, process.env)
  say(`Listening at ${served.address}`)
  return { ended: new Promise(() => undefined), close: served.close }
}

function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.once(signal, () => resolve())
    }
  })
}

/** Of a foreign error only the kind is logged: its text may quote what must not be in a log. */
function onError(error: Error): void {
  say(`Unexpected ${error.name} while serving a client.`)
}

function say(sentence: string): void {
  process.stderr.write(`authsec-mcp: ${sentence}\n`)
}

/** Standard output belongs to the protocol: whatever else in this process prints goes to standard error. */
function reserveStandardOutput(): Writable {
  const write = process.stdout.write.bind(process.stdout)
  process.stdout.write = process.stderr.write.bind(process.stderr)
  const output = new Writable({
    decodeStrings: false,
    write: (chunk: string, _encoding, done) => void write(chunk, () => done()),
  })
  process.stdout.on('error', (error) => output.destroy(error))
  // A host that closes the log must not end the server by it.
  process.stderr.on('error', () => undefined)
  return output
}

main(reserveStandardOutput()).catch((error: unknown) => {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (AuthSecError.isInstance(error)) say(`${error.message} ${error.hint}`)
  else if (code === 'EADDRINUSE') say('The port is taken. Choose another with --http.')
  else if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') say('--host is not an address here.')
  else say('The server could not start.')
  process.exit(1)
})
