import {
  describeDurableRuns,
  type Host,
  type Payment,
  type Progress,
} from '@authsec-internal/durable-runs'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { createMcpHandler } from '@modelcontextprotocol/server'
import { createAuthSecMcpServerFactory } from '../src/index.ts'

interface Result {
  requestState?: string
  structuredContent?: unknown
}

/** A client of 2026-07-28 that keeps the state of its call, and sends the request again when it is told to. */
const host: Host = {
  name: 'MCP 2026-07-28',
  open({ client, clock, operation }) {
    // As long as the emulator keeps a question: the runs count on it.
    const approval = { ...operation.approval, message: 'Pay {amount} to {to}?', timeoutMs: 300_000 }
    const operations = [{ ...operation, approval }]
    const factory = createAuthSecMcpServerFactory(client, { operations, clock })
    const handler = createMcpHandler(factory)

    /** Over HTTP, as the verified subject `user`. */
    async function connect(user: string): Promise<Client> {
      const info = { name: 'test', version: '1' }
      const near = new Client(info, {
        versionNegotiation: { mode: 'auto' },
        // With a form, so that the state comes at once.
        capabilities: { elicitation: { form: {} } },
      })
      const authInfo = { token: '', clientId: user, scopes: [] }
      const fetch = (url: string | URL, init?: RequestInit): Promise<Response> =>
        handler.fetch(new Request(url, init), { authInfo })
      const url = new URL('http://127.0.0.1:7400/mcp')
      await near.connect(new StreamableHTTPClientTransport(url, { fetch }))
      return near
    }

    async function call(args: Payment, user: string, requestState?: string): Promise<Progress> {
      const near = await connect(user)
      try {
        const params = { name: operation.name, arguments: { ...args }, requestState }
        const result: Result = await near.callTool(params, {
          allowInputRequired: true,
          timeout: 600_000,
        })
        const { requestState: next } = result
        if (next === undefined) return { outcome: result.structuredContent }
        return { stored: JSON.stringify({ args, requestState: next }) }
      } finally {
        await near.close()
      }
    }

    return {
      begin: (args, { user }) => call(args, user),
      resume(stored, { user, args: edited }) {
        const { args, requestState } = JSON.parse(stored)
        return call(edited ?? args, user, requestState)
      },
      close: async () => {
        await handler.close()
        await client.close()
      },
    }
  },
}

describeDurableRuns(host, { runs: 10 })
