import type { ChatMessage } from './chat-message.ts'

/** The calls that wait for a person, by their ID. The page shows them, and the server looks after them. */
export function openCalls(messages: readonly ChatMessage[]): string[] {
  const parts = messages.flatMap(({ parts }) => parts)
  const told = new Set<string>()
  for (const part of parts) {
    // The user had gone on meanwhile: what the call came to is in a later message.
    if (part.type === 'data-authsec' && part.data.result) told.add(part.data.toolCallId)
  }
  return parts.flatMap((part) => {
    if (!('toolCallId' in part) || part.state !== 'approval-requested') return []
    return told.has(part.toolCallId) ? [] : [part.toolCallId]
  })
}
