import type { AuthSecClient } from '@authsec/core'
import type { CallToolResult, ServerContext, ToolAnnotations } from '@modelcontextprotocol/server'
import { z } from 'zod'
import { signalOf } from './call-signal.ts'
import type { ToolDescription } from './register-tool.ts'
import { failureOf, toolResult } from './tool-result.ts'

const mode = z.enum(['live', 'mock'])

export const whoamiTool: ToolDescription = {
  name: 'authsec_whoami',
  description:
    'Returns the agent identity that the tools of this server use: subject, permissions, expiry and mode. It returns no credential.',
  inputJsonSchema: { type: 'object', properties: {}, additionalProperties: false },
  outputSchema: z.discriminatedUnion('ok', [
    z.object({
      ok: z.literal(true),
      subject: z.string(),
      permissions: z.array(z.string()),
      expiresAt: z.string().describe('RFC 3339.'),
      fingerprint: z.string().describe('Tells two tokens apart; it is not a credential.'),
      mode,
    }),
    z.object({
      ok: z.literal(false),
      code: z.string(),
      message: z.string(),
      retryable: z.boolean(),
      mode,
    }),
  ]),
}

export const whoamiAnnotations: ToolAnnotations = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
}

/** The identity without its secrets. The subject is redacted, because current servers end it with the client ID (contract 2.3). */
export async function whoami(client: AuthSecClient, ctx: ServerContext): Promise<CallToolResult> {
  return toolResult(await factsOf(client, signalOf(ctx)))
}

async function factsOf(
  client: AuthSecClient,
  signal: AbortSignal,
): Promise<Record<string, unknown> & { ok: boolean }> {
  const { mode } = client
  try {
    const token = await client.getDelegationToken({ signal })
    return {
      ok: true,
      subject: token.redactedSubject,
      permissions: [...token.permissions],
      expiresAt: token.expiresAt.toISOString(),
      fingerprint: token.fingerprint,
      mode,
    }
  } catch (error) {
    signal.throwIfAborted()
    const { code, message, retryable } = failureOf(client, error)
    return { ok: false, code, message, retryable, mode }
  }
}
