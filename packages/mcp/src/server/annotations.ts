import type { ToolAnnotations } from '@modelcontextprotocol/server'

const READING = new Set(['GET', 'HEAD', 'OPTIONS'])
const REPEATABLE = new Set([...READING, 'PUT', 'DELETE'])

/** What the method says about a call (RFC 9110 section 9.2). Hints for the client, nothing here rests on them. */
export function annotationsFor(method: string): ToolAnnotations {
  const isReading = READING.has(method)
  return {
    readOnlyHint: isReading,
    destructiveHint: !isReading,
    idempotentHint: REPEATABLE.has(method),
    // What the API stores may have been written by anybody.
    openWorldHint: true,
  }
}
