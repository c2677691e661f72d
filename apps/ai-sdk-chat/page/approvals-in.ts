import type { ChatMessage, ShownApproval } from '../src/chat-message.ts'

/** What is known of each question, by the call it is about. The last word counts, whichever message it is in. */
export function approvalsIn(messages: readonly ChatMessage[]): ReadonlyMap<string, ShownApproval> {
  const found = new Map<string, ShownApproval>()
  for (const part of messages.flatMap(({ parts }) => parts)) {
    if (part.type === 'data-authsec') found.set(part.data.toolCallId, part.data)
  }
  return found
}
