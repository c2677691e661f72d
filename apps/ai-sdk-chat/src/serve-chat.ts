import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { AuthSecClient } from '@authsec/core'
import { createAdaptorServer } from '@hono/node-server'
import type { LanguageModel } from 'ai'
import { createAgent } from './agent.ts'
import { agentTools } from './agent-tools.ts'
import { createChatApp } from './chat-app.ts'
import { buildPage, type PageFiles } from './page-files.ts'

export interface ServeChatOptions {
  readonly client: AuthSecClient
  readonly model: LanguageModel
  /** Who is asked before a record is deleted. */
  readonly approver: string
  /** Where a person decides, for a link. */
  readonly consoleUrl?: string | undefined
  /** Default: any free port of 127.0.0.1. */
  readonly port?: number | undefined
  /** Default: built now. */
  readonly page?: PageFiles | undefined
}

export interface ChatServer extends AsyncDisposable {
  /** Ends in `/`. */
  readonly url: string
  close(): Promise<void>
}

/** Serves the chat on 127.0.0.1. Rejects when the port is taken. */
export async function serveChat(options: ServeChatOptions): Promise<ChatServer> {
  const { client, model, approver, consoleUrl, port = 0 } = options
  const page = options.page ?? (await buildPage())
  const ended = new AbortController()
  const tools = agentTools(client, approver)
  const agent = createAgent({ client, model, tools, signal: ended.signal })
  const app = createChatApp({ agent, page, mode: client.mode, consoleUrl })
  const server = createAdaptorServer({ fetch: app.fetch }) as Server
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve())
  })
  const close = async (): Promise<void> => {
    ended.abort()
    await new Promise((resolve) => {
      server.close(resolve)
      // Each open tab has a connection that never ends by itself.
      server.closeAllConnections()
    })
  }
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  return { url, close, [Symbol.asyncDispose]: close }
}
