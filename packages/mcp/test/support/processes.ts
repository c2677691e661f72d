import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { watch } from '@authsec-internal/test-kit'
import {
  Client as Client2026,
  type ClientOptions,
  StreamableHTTPClientTransport as Http2026,
} from '@modelcontextprotocol/client'
import { StdioClientTransport as Stdio2026 } from '@modelcontextprotocol/client/stdio'
import { Client as Client2025 } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport as Stdio2025 } from '@modelcontextprotocol/sdk/client/stdio.js'
import { StreamableHTTPClientTransport as Http2025 } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { expect } from 'vitest'

const bin = fileURLToPath(new URL('../../src/bin.ts', import.meta.url))
const flags = ['--conditions=@authsec/source', '--disable-warning=ExperimentalWarning']

export type Env = Record<string, string>

/** The program with the environment that the test gives it, and nothing else. */
export class ServerProcess implements AsyncDisposable {
  readonly child: ChildProcessWithoutNullStreams
  readonly exited: Promise<number | null>
  stdout = ''
  stderr = ''

  constructor(args: readonly string[], env: Env) {
    this.child = spawn(process.execPath, [...flags, bin, ...args], {
      env: { PATH: process.env['PATH'] ?? '', ...env },
    })
    this.child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      this.stdout += chunk
    })
    this.child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      this.stderr += chunk
    })
    this.exited = new Promise((resolve) => this.child.on('close', (code) => resolve(code)))
  }

  /** Resolves when the output contains the text. Rejects when the program ends without it. */
  async saw(text: string | RegExp): Promise<string> {
    const found = (): string | undefined => new RegExp(text).exec(this.stdout + this.stderr)?.[0]
    for (;;) {
      const match = found()
      if (match !== undefined) return match
      const isOver = await Promise.race([
        this.exited.then(() => true),
        new Promise<false>((resolve) => setTimeout(() => resolve(false), 10)),
      ])
      if (isOver && !found()) throw new Error(`It ended without ${text}: ${this.stderr}`)
    }
  }

  send(...messages: readonly (object | string)[]): void {
    for (const message of messages) {
      this.child.stdin.write(`${typeof message === 'string' ? message : JSON.stringify(message)}\n`)
    }
  }

  /** The messages on standard output, which must carry one message a line and nothing else. */
  get messages(): Record<string, unknown>[] {
    return this.stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill('SIGKILL')
    await this.exited
    watch('standard output', this.stdout)
    watch('standard error', this.stderr)
    expect(this.stderr).not.toMatch(/\n\s+at .+[:(]/)
  }
}

export const initialize = {
  jsonrpc: '2.0',
  id: 'hello',
  method: 'initialize',
  params: {
    protocolVersion: '2025-06-18',
    capabilities: {},
    clientInfo: { name: 'raw', version: '1' },
  },
}

export const call = (id: number, name: string, args: object = {}): object => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name, arguments: args },
})

const info = { name: 'test', version: '1' }
export type AnyClient = Pick<Client2026, 'close'> & {
  listTools(): Promise<{ tools: { name: string }[] }>
  callTool(params: { name: string; arguments: Record<string, unknown> }): Promise<unknown>
}

const stdioParameters = (env: Env, args: readonly string[]) => ({
  command: process.execPath,
  args: [...flags, bin, ...args],
  env,
  stderr: 'ignore' as const,
})

/** Both official clients over both transports. */
export const clients: Record<
  string,
  (env: Env, args: readonly string[], url?: string) => Promise<AnyClient>
> = {
  'v2 client over stdio': async (env, args) => {
    const client = new Client2026(info, { versionNegotiation: { mode: 'auto' } })
    await client.connect(new Stdio2026(stdioParameters(env, args)))
    return client as AnyClient
  },
  'v1 client over stdio': async (env, args) => {
    const client = new Client2025(info)
    await client.connect(new Stdio2025(stdioParameters(env, args)))
    return client as AnyClient
  },
}

export async function http2026(
  url: string,
  headers: Env = {},
  options: ClientOptions = {},
): Promise<Client2026> {
  const client = new Client2026(info, { versionNegotiation: { mode: 'auto' }, ...options })
  await client.connect(new Http2026(new URL(url), { requestInit: { headers } }))
  return client
}

export async function http2025(url: string, headers: Env = {}): Promise<Client2025> {
  const client = new Client2025(info)
  const transport = new Http2025(new URL(url), { requestInit: { headers } })
  await client.connect(transport as Parameters<Client2025['connect']>[0])
  return client
}

/** A client beside a program of its own, and how to kill that program. */
export async function stdio2026(
  env: Env,
  args: readonly string[],
  options: ClientOptions = {},
): Promise<{ client: Client2026; kill(): void }> {
  const client = new Client2026(info, { versionNegotiation: { mode: 'auto' }, ...options })
  const transport = new Stdio2026(stdioParameters(env, args))
  await client.connect(transport)
  return { client, kill: () => void (transport.pid && process.kill(transport.pid, 'SIGKILL')) }
}

/** The variables of a live server for this emulator's vault. */
export const liveEnv = (emulator: {
  baseUrl: string
  clientId: string
  vaultUrl: string
}): Env => ({
  AUTHSEC_BASE_URL: emulator.baseUrl,
  AUTHSEC_AGENT_CLIENT_ID: emulator.clientId,
  AUTHSEC_API_URL: emulator.vaultUrl,
})
