import { type ChildProcess, spawn } from 'node:child_process'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Env } from '@authsec/core'
import { UsageError } from '@authsec-apps/demo-kit'

/** How to start `authsec-mcp` with the analyst's tools, as in a host's configuration file. */
export interface ServerCommand {
  command: string
  args: string[]
  env: Record<string, string>
}

/** The program comes from the source or the build, whichever this process uses of the library. */
export function serverCommand(env: Env, args: readonly string[] = []): ServerCommand {
  const library = import.meta.resolve('@authsec/mcp')
  const program = fileURLToPath(new URL(`./bin${extname(library)}`, library))
  const config = fileURLToPath(new URL('../analyst-tools.json', import.meta.url))
  return {
    command: process.execPath,
    args: [...process.execArgv, program, '--config', config, ...args],
    env: serverEnv(env),
  }
}

/** All variables that start with AUTHSEC_. The demo adds the mode `auto` and the vault of the server. */
function serverEnv(env: Env): Record<string, string> {
  const given = Object.entries(env).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && (entry[0].startsWith('AUTHSEC_') || entry[0] === 'NODE_ENV'),
  )
  const server = env['AUTHSEC_BASE_URL']?.trim()
  const hasVault = server !== undefined && URL.canParse(server)
  return {
    ...(hasVault && { AUTHSEC_API_URL: new URL('/secure-vault/', server).href }),
    ...Object.fromEntries(given.filter(([, value]) => value.trim() !== '')),
    ...(!env['AUTHSEC_MODE']?.trim() && { AUTHSEC_MODE: 'auto' }),
  }
}

/** Shows the server's log, and keeps its last line, which is the reason when the server does not start. */
export function followLog(log: { on(event: 'data', listener: (chunk: Buffer) => void): unknown }): {
  lastLine(): string | undefined
} {
  let text = ''
  log.on('data', (chunk: Buffer) => {
    process.stderr.write(chunk)
    text = `${text}${chunk.toString('utf8')}`.slice(-4_096)
  })
  return { lastLine: () => [...text.matchAll(/^authsec-mcp: (.*)$/gm)].at(-1)?.[1] }
}

/** Starts the server with `--http 0`, and waits until it logs its address. */
export async function startHttpServer(env: Env): Promise<{ url: string; child: ChildProcess }> {
  const { command, args, env: serverEnv } = serverCommand(env, ['--http', '0'])
  const child = spawn(command, args, {
    env: { PATH: env['PATH'], ...serverEnv },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const log = followLog(child.stderr)
  const url = await new Promise<string>((resolve, reject) => {
    child.stderr.on('data', () => {
      const address = /^Listening at (\S+)$/.exec(log.lastLine() ?? '')?.[1]
      if (address) resolve(address)
    })
    child.once('close', () => reject(new UsageError(log.lastLine() ?? 'The server ended.')))
    child.once('error', () => reject(new UsageError('The server could not be started.')))
  })
  return { url, child }
}
