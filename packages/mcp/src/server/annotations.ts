import type { ToolAnnotations } from '@modelcontextprotocol/server'

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS'])
const IDEMPOTENT = new Set([...SAFE, 'PUT', 'DELETE'])

/** Hints for the client that follow from the method (RFC 9110 section 9.2). No check here rests on them. */
export function annotationsFor(method: string): ToolAnnotations {
  const name = method.toUpperCase()
  const isSafe = SAFE.has(name)
  return {
    readOnlyHint: isSafe,
    destructiveHint: !isSafe,
    idempotentHint: IDEMPOTENT.has(name),
    // Anybody may have written what the API stores.
    openWorldHint: true,
  }
}
