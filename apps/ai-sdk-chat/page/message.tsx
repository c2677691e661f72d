import { getToolName, isToolUIPart } from 'ai'
import type { ChatMessage, ShownApproval } from '../src/chat-message.ts'
import { ApprovalCard } from './approval-card.tsx'
import { type Outcome, outcomeOf } from './outcomes.ts'
import { shownText } from './shown-text.ts'

export interface MessageProps {
  readonly message: ChatMessage
  readonly approvals: ReadonlyMap<string, ShownApproval>
  readonly consoleUrl: string | null
  readonly onCheck: () => void
}

export function Message({ message, ...rest }: MessageProps) {
  const isUser = message.role === 'user'
  return (
    <li className={`message ${isUser ? 'user' : 'agent'}`}>
      <h2 className="visually-hidden">{isUser ? 'You' : 'Assistant'}</h2>
      {message.parts.map((part, index) => {
        if (part.type === 'text')
          return part.text === '' ? null : <Words key={index} text={part.text} />
        return isToolUIPart(part) ? <Call key={part.toolCallId} part={part} {...rest} /> : null
      })}
    </li>
  )
}

/** Words of a user, of a model or of an API are text, whatever they contain. */
function Words({ text }: { text: string }) {
  return (
    <p className="words" dir="auto">
      {shownText(text)}
    </p>
  )
}

type ToolPart = Extract<ChatMessage['parts'][number], { toolCallId: string }>

function Call({
  part,
  approvals,
  consoleUrl,
  onCheck,
}: { part: ToolPart } & Omit<MessageProps, 'message'>) {
  const data = approvals.get(part.toolCallId)
  if (!data) return <Note part={part} />
  const { approval } = data
  const outcome = callOutcome(part, data)
  return <ApprovalCard {...{ approval, outcome, consoleUrl, onCheck }} />
}

/** What the call came to, or undefined while it waits for a person. */
export function callOutcome(part: ToolPart, data: ShownApproval): Outcome | undefined {
  const wasApproved = data.approval.status === 'approved'
  const { result } = data
  if (result?.status === 'output') return outcomeOf(result.output, wasApproved)
  if (part.state === 'output-available') return outcomeOf(part.output, wasApproved)
  if (part.state === 'output-error') return outcomeOf({ message: part.errorText }, wasApproved)
  return undefined
}

/** A call that nobody had to decide about. */
function Note({ part }: { part: ToolPart }) {
  const isReading = getToolName(part) === 'list_records'
  const isOver = part.state === 'output-available' || part.state === 'output-error'
  if (!isOver)
    return <p className="note">{isReading ? 'Reading the records …' : 'Asking a person …'}</p>
  if (part.state === 'output-available' && Object(part.output).ok === true) {
    return <p className="note">{isReading ? 'Read the records' : 'Done'}</p>
  }
  const output = part.state === 'output-available' ? part.output : { message: part.errorText }
  const { title, text } = outcomeOf(output, false)
  return (
    <p className="note bad">
      {shownText(isReading ? `Could not read the records. ${text}` : `${title}. ${text}`)}
    </p>
  )
}
