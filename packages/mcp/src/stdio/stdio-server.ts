import type { Readable, Writable } from 'node:stream'
import type { McpServer } from '@modelcontextprotocol/server'
import { ProtocolErrorCode } from '@modelcontextprotocol/server'
import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio'
import { messageLines } from './message-lines.ts'

export interface StdioServerOptions {
  input: Readable
  /** Carries the protocol and nothing else. */
  output: Writable
  /** Receives what was wrong with a message, without any of its text. */
  onProblem(sentence: string): void
}

export interface StdioServer {
  /** Resolves when the client has closed its end, or no longer reads. */
  readonly ended: Promise<void>
  close(): Promise<void>
}

/** Largest message, in bytes. */
const MAX_MESSAGE_BYTES = 1_048_576

/** Serves one client until it closes the connection. Calls in progress are then ended. */
export function startStdioServer(
  factory: () => McpServer,
  { input, output, onProblem }: StdioServerOptions,
): StdioServer {
  const lines = messageLines(MAX_MESSAGE_BYTES, (why) => {
    if (why === 'too_long') reject(ProtocolErrorCode.InvalidRequest, 'A message was over 1 MiB.')
    else reject(ProtocolErrorCode.ParseError, 'A message was not JSON.')
  })
  const transport = new StdioServerTransport(lines, output)
  const ended = new Promise<void>((resolve) => {
    for (const event of ['end', 'close', 'error'] as const) {
      input.once(event, () => resolve())
      lines.once(event, () => resolve())
    }
    output.once('error', () => resolve())
  })
  const server = serveStdio(factory, {
    transport,
    onerror: (error) => {
      const isSchema = error.name === 'ZodError' || error.name === '$ZodError'
      if (isSchema) reject(ProtocolErrorCode.InvalidRequest, 'A message was not JSON-RPC.')
    },
  })
  input.pipe(lines)

  /** A message that cannot be read has no ID, so the answer's ID is null (JSON-RPC 2.0 section 5). */
  function reject(code: number, what: string): void {
    onProblem(`${what} It was ignored.`)
    const answer = { jsonrpc: '2.0', id: null, error: { code, message: `${what} It was ignored.` } }
    if (output.writable) output.write(`${JSON.stringify(answer)}\n`)
  }

  return { ended, close: () => server.close() }
}
