import type { AuthSecClient } from '@authsec/core'
import { McpServer } from '@modelcontextprotocol/server'
import { z } from 'zod'

/** What every MCP server of the bench is asked for. */
export const MCP_CALL = { name: 'authsec_secure_fetch', arguments: { endpoint: 'x' } }

/** A server as a program would write it: one tool that calls the client, with an output schema. */
export function bareMcpServer(client: AuthSecClient): McpServer {
  const server = new McpServer({ name: 'bare', version: '1.0.0' })
  const inputSchema = z.object({ endpoint: z.string() })
  const outputSchema = z.object({ ok: z.boolean(), status: z.number(), data: z.unknown() })
  const description = 'Calls the API.'
  server.registerTool(
    MCP_CALL.name,
    { description, inputSchema, outputSchema },
    async ({ endpoint }) => {
      const { status, data } = await client.secureFetch({ endpoint })
      const outcome = { ok: true, status, data }
      return {
        content: [{ type: 'text', text: JSON.stringify(outcome) }],
        structuredContent: outcome,
      }
    },
  )
  return server
}
