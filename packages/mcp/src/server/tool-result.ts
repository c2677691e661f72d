import { type AuthSecClient, AuthSecError, ConfigError } from '@authsec/core'
import { errorOutcome } from '@authsec/core/adapter'
import type { ToolFailure } from '@authsec/core/tool'
import type { CallToolResult } from '@modelcontextprotocol/server'
import { INTERNAL_ERROR } from './internal-error.ts'

/** An answer as an MCP result: text for the model, and the same as structured content for the program. */
export function toolResult(answer: { ok: boolean }, text = JSON.stringify(answer)): CallToolResult {
  return {
    content: [{ type: 'text', text }],
    structuredContent: { ...answer },
    isError: !answer.ok,
  }
}

/**
 * The outcome for a thrown error. Errors of AuthSec have one plain sentence as their message. The text
 * of any other error stays here, because it may quote what the client must not see.
 */
export function failureOf(client: Pick<AuthSecClient, 'mode'>, error: unknown): ToolFailure {
  return errorOutcome(AuthSecError.isInstance(error) ? showable(error) : unexpected(), client.mode)
}

/** Core throws a `ConfigError` again. A client over MCP gets an answer all the same. */
function showable(error: AuthSecError): AuthSecError {
  return ConfigError.isInstance(error) ? new AuthSecError(error) : error
}

function unexpected(): AuthSecError {
  return new AuthSecError({ code: 'internal_error', ...INTERNAL_ERROR })
}
