#!/usr/bin/env node
import { Writable } from 'node:stream'
import { AuthSecError, type AuthSecStore, createConsoleReporter, type Env } from '@authsec/core'
import { systemClock } from '@authsec/core/adapter'
import { type CommandLine, HELP, type HttpChoice, parseCommandLine } from './config/command-line.ts'
import { readConfigFile } from './config/config-file.ts'
import { configProblem } from './config/config-problem.ts'
import { baseUrlFor, openApiTools, readOpenApi, withOpenApi } from './config/openapi-file.ts'
import { createParts, environmentOf, variable } from './config/settings.ts'
import { createAuthSecMcpServerFactory } from './server/mcp-server.ts'
import { startStdioServer } from './stdio/stdio-server.ts'
import { VERSION } from './version.ts'

interface Running {
  /** Resolves when the client of a stdio server has closed the connection. */
  readonly ended: Promise<void>
  close(): Promise<void>
}

type Parts = ReturnType<typeof createParts>

async function main(output: Writable): Promise<void> {
  const commandLine = parseCommandLine(process.argv.slice(2))
  if (commandLine.help) return void output.write(HELP)
  if (commandLine.version) return void output.write(`${VERSION}\n`)
  const env = environmentOf(process.env, commandLine)
  const parts = await load(commandLine, env)
  const running = commandLine.http
    ? await startHttp(parts, commandLine.http, env)
    : startStdio(parts, output)
  await Promise.race([running.ended, stopSignal()])
  // The server must not outlive its client, even when something hangs.
  systemClock.setTimeout(() => process.exit(0), 2_000, { keepAlive: false })
  await running.close()
  await parts.client.close()
  process.exit(0)
}

async function load(commandLine: CommandLine, env: Env): Promise<Parts> {
  const { config, quiet, store } = commandLine
  const file = config === undefined ? undefined : await readConfigFile(config)
  const document = await readOpenApi(commandLine, file)
  const onEvent = createConsoleReporter({ level: quiet ? 'warn' : 'info' })
  const overrides = { onEvent, store: await sharedStore(store, env) }
  const parts = createParts(env, file, overrides, document !== undefined)
  if (document === undefined) return parts
  const { client, options } = parts
  const tools = await openApiTools(document, client, baseUrlFor(document, file ?? {}, env))
  if (!quiet) for (const note of tools.notes) log(note)
  return { client, options: withOpenApi(options, tools) }
}

/** Without keys of their own, the processes could not open what they share. */
async function sharedStore(
  directory: string | undefined,
  env: Env,
): Promise<AuthSecStore | undefined> {
  if (directory === undefined) {
    refuseTokenKeys(env)
    return undefined
  }
  if (variable(env, 'AUTHSEC_APPROVAL_KEYS') === undefined) {
    throw configProblem(
      '--store is given, but AUTHSEC_APPROVAL_KEYS is not set.',
      'Set it to KID:KEY, the same for all processes; `openssl rand -base64 32` makes a key.',
      'config_missing',
    )
  }
  const { createFileStore } = await import('@authsec/core/store')
  return createFileStore({ directory })
}

/** In mock mode no token is shared, and the variable is ignored. */
function refuseTokenKeys(env: Env): void {
  const isMock = variable(env, 'AUTHSEC_MODE')?.toLowerCase() === 'mock'
  if (isMock || variable(env, 'AUTHSEC_TOKEN_KEYS') === undefined) return
  throw configProblem(
    'AUTHSEC_TOKEN_KEYS is set, but --store is not given.',
    'Give --store DIRECTORY, the same for all processes, or remove AUTHSEC_TOKEN_KEYS.',
    'config_missing',
  )
}

function startStdio({ client, options }: Parts, output: Writable): Running {
  const factory = createAuthSecMcpServerFactory(client, { ...options, onError })
  return startStdioServer(factory, { input: process.stdin, output, onProblem: log })
}

async function startHttp({ client, options }: Parts, http: HttpChoice, env: Env): Promise<Running> {
  // Hosts start the program for each session, mostly without HTTP, whose modules take a quarter of the start.
  const { serveHttp } = await import('./http/serve-http.ts')
  const served = await serveHttp(client, { ...options, onError }, http, env)
  log(`Listening at ${served.address}`)
  return { ended: new Promise(() => undefined), close: served.close }
}

function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.once(signal, () => resolve())
    }
  })
}

/** The text of a foreign error may quote secrets, so only its name is logged. */
function onError(error: Error): void {
  log(`Unexpected ${error.name} while serving a client.`)
}

function log(sentence: string): void {
  process.stderr.write(`authsec-mcp: ${sentence}\n`)
}

/** Standard output carries the protocol, so everything else that this process prints goes to standard error. */
function reserveStandardOutput(): Writable {
  const write = process.stdout.write.bind(process.stdout)
  process.stdout.write = process.stderr.write.bind(process.stderr)
  const output = new Writable({
    decodeStrings: false,
    write: (chunk: string, _encoding, done) => void write(chunk, () => done()),
  })
  process.stdout.on('error', (error) => output.destroy(error))
  // A host may close the log. The server goes on.
  process.stderr.on('error', () => undefined)
  return output
}

/** Why the program ends, with the remedy. */
function failureReason(error: unknown): string {
  if (AuthSecError.isInstance(error)) return `${error.message} ${error.hint}`
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'EADDRINUSE') return 'The port is in use. Choose another one with --http.'
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return '--host is not an address of this machine. Correct it, or leave it out.'
  }
  return 'The server could not start.'
}

main(reserveStandardOutput()).catch((error: unknown) => {
  log(failureReason(error))
  process.exit(1)
})
