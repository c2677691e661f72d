import { type AuthSecClient, AuthSecError } from '@authsec/core'
import type { ToolFailure } from '@authsec/core/tool'
import type { CallToolResult } from '@modelcontextprotocol/server'

/** An answer in the protocol's dialect: text for the model, the same as structured content for the program. */
export function toolResult(answer: { ok: boolean }, text = JSON.stringify(answer)): CallToolResult {
  return {
    content: [{ type: 'text', text }],
    structuredContent: { ...answer },
    isError: !answer.ok,
  }
}

/** A failure in one sentence. It carries the mark of mock mode like every outcome. */
export function failure(
  client: Pick<AuthSecClient, 'mode'>,
  code: string,
  message: string,
  retryable = false,
): ToolFailure {
  const outcome: ToolFailure = { ok: false, code, message, retryable }
  return client.mode === 'mock' ? { ...outcome, mock: true } : outcome
}

/**
 * What a thrown error becomes. Errors of ours are one plain sentence by construction; of any other
 * nothing but its existence is told, because the SDK would send its text to the client.
 */
export function failureOf(client: Pick<AuthSecClient, 'mode'>, error: unknown): ToolFailure {
  if (AuthSecError.isInstance(error)) {
    return failure(client, error.code, error.message, error.retryable)
  }
  return failure(client, 'internal_error', 'The tool failed for a reason of its own.')
}
