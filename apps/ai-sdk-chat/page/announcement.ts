import { isToolUIPart } from 'ai'
import type { ChatMessage } from '../src/chat-message.ts'
import { approvalsIn } from './approvals-in.ts'
import { callOutcome } from './message.tsx'
import { shownText } from './shown-text.ts'

/** What a screen reader says when the agent is done: what waits, what was decided, and the last words. */
export function announcementOf(messages: readonly ChatMessage[]): string {
  const last = messages.at(-1)
  if (last?.role !== 'assistant') return ''
  const approvals = approvalsIn(messages)
  const cards = messages
    .flatMap(({ parts }) => parts)
    .flatMap((part) => {
      const data = isToolUIPart(part) ? approvals.get(part.toolCallId) : undefined
      if (!data || !isToolUIPart(part)) return []
      const outcome = callOutcome(part, data)
      const { code, approver } = data.approval
      return outcome
        ? [`${outcome.title}. ${outcome.text}`]
        : [`Waiting for an approval by ${approver}. Code ${[...code].join(' ')}.`]
    })
  const words = last.parts.findLast((part) => part.type === 'text')
  return shownText(
    [cards.at(-1), words?.type === 'text' ? words.text : ''].filter(Boolean).join(' '),
  )
}
