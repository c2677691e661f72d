import { isSafeMethod } from '@authsec/core/adapter'
import type { ToolAnnotations } from '@modelcontextprotocol/server'

/** Hints for the client that follow from the method (RFC 9110 section 9.2). No check here rests on them. */
export function annotationsFor(method: string): ToolAnnotations {
  const name = method.toUpperCase()
  const isSafe = isSafeMethod(name)
  return {
    readOnlyHint: isSafe,
    destructiveHint: !isSafe,
    idempotentHint: isSafe || name === 'PUT' || name === 'DELETE',
    // Anybody may have written what the API stores.
    openWorldHint: true,
  }
}
