import type { Readable, Writable } from 'node:stream'
import type { McpServer } from '@modelcontextprotocol/server'
import { ProtocolErrorCode } from '@modelcontextprotocol/server'
import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio'
import { messageLines } from './message-lines.ts'

export interface StdioServerOptions {
  input: Readable
  /** Carries the protocol and nothing else. */
  output: Writable
  /** Told in fixed words what was wrong with a message. */
  onProblem(sentence: string): void
}

export interface StdioServer {
  /** Resolves when the client has closed its end, or can no longer be written to. */
  readonly ended: Promise<void>
  close(): Promise<void>
}

/** Largest message, in bytes. */
const MAX_MESSAGE_BYTES = 1_048_576

/** Serves one client over standard input and output until it goes. Calls under way are then ended. */
export function startStdioServer(
  factory: () => McpServer,
  { input, output, onProblem }: StdioServerOptions,
): StdioServer {
  const lines = messageLines(MAX_MESSAGE_BYTES, (why) => {
    if (why === 'too_long') refuse(ProtocolErrorCode.InvalidRequest, 'A message over 1 MiB.')
    else refuse(ProtocolErrorCode.ParseError, 'A message that is not JSON.')
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
      if (isSchema) refuse(ProtocolErrorCode.InvalidRequest, 'A message that is not JSON-RPC.')
    },
  })
  input.pipe(lines)

  /** What cannot be read has no ID to answer to: it is null then (JSON-RPC 2.0 section 5). */
  function refuse(code: number, what: string): void {
    onProblem(`${what} It was ignored.`)
    const answer = { jsonrpc: '2.0', id: null, error: { code, message: `${what} It was ignored.` } }
    if (output.writable) output.write(`${JSON.stringify(answer)}\n`)
  }

  return { ended, close: () => server.close() }
}
