import type { Readable, Writable } from 'node:stream'
import type { McpServer } from '@modelcontextprotocol/server'
import { ProtocolErrorCode } from '@modelcontextprotocol/server'
import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio'
import { boundedLines } from './bounded-lines.ts'

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
  const lines = boundedLines(MAX_MESSAGE_BYTES, () => {
    answerProblem(ProtocolErrorCode.InvalidRequest, 'The message is longer than 1 MiB.')
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
      // What cannot be read has no ID to answer to; JSON-RPC 2.0 section 5 wants null then.
      if (error instanceof SyntaxError) {
        answerProblem(ProtocolErrorCode.ParseError, 'The message is not JSON.')
      } else if (error.name === 'ZodError' || error.name === '$ZodError') {
        answerProblem(ProtocolErrorCode.InvalidRequest, 'The message is not a JSON-RPC message.')
      }
    },
  })
  input.pipe(lines)

  function answerProblem(code: number, message: string): void {
    onProblem(message)
    const answer = { jsonrpc: '2.0', id: null, error: { code, message } }
    if (output.writable) output.write(`${JSON.stringify(answer)}\n`)
  }

  return { ended, close: () => server.close() }
}
