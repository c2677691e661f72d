import { AIMessage, type BaseMessage, ToolMessage } from '@langchain/core/messages'
import type { ToolCall } from '@langchain/core/messages/tool'

/** A call with the ID under which its approval is stored. */
export type OpenCall = ToolCall & { readonly id: string }

/** The calls of the model's last answer that have no result. An ID that was used before does not count as answered. */
export function openCalls(messages: readonly BaseMessage[] = []): readonly OpenCall[] {
  const at = messages.findLastIndex((message) => AIMessage.isInstance(message))
  const answer = messages[at]
  if (!AIMessage.isInstance(answer)) return []
  const answered = new Set(
    messages.slice(at + 1).flatMap((message) => {
      return ToolMessage.isInstance(message) ? [message.tool_call_id] : []
    }),
  )
  return (answer.tool_calls ?? []).filter((call): call is OpenCall => {
    return typeof call.id === 'string' && call.id !== '' && !answered.has(call.id)
  })
}
