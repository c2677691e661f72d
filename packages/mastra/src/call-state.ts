import { namedUser, type ToolContext } from '@authsec/core/adapter'
import type { ReadableContext } from './request-client.ts'

/**
 * Names the user the agent works for, from what the program put into Mastra's request context: a name, never a
 * token, because Mastra stores the context. Approvals are bound to it.
 */
export type UserOf = (requestContext: ReadableContext) => string | undefined

/** Pauses the call: Mastra stores the payload, and calls again from the top when somebody resumes. */
type Suspend = (payload: object) => unknown

/** What this package reads of a call. */
export interface CallState {
  /** For core, without the client. */
  readonly context: Omit<ToolContext, 'client' | 'approved'>
  readonly requestContext: ReadableContext | undefined
  /** Absent where a call cannot be paused, such as outside of agents and workflows. */
  readonly suspend: Suspend | undefined
  /** What the call was paused with before, as Mastra kept it. */
  readonly suspended: unknown
}

type Fields = Readonly<Record<string, unknown>>

/**
 * The state of a call of an agent, a workflow or a hook, whose context is flat. Mastra passes an agent's `runId`
 * without a type. `resumeData` is not read: whoever resumes decides nothing.
 */
export function callStateOf(given: unknown, userOf?: UserOf): CallState {
  const outer = fieldsOf(given)
  const inner = fieldsOf(outer['agent'] ?? outer['workflow'])
  const read = (name: string): unknown => inner[name] ?? outer[name]
  const run = textOf(read('runId'))
  const toolCallId = textOf(read('toolCallId'))
  const requestContext = contextOf(outer['requestContext'])
  const signal = outer['abortSignal']
  const suspend = read('suspend')
  const context = {
    signal: signal instanceof AbortSignal ? signal : undefined,
    run,
    toolCallId,
    // Each has the same name in the process that resumes. A hook is told its call only.
    thread: textOf(read('threadId')) ?? run ?? toolCallId,
    user: requestContext && namedUser(userOf?.(requestContext)),
    onApproval: viewWriter(writerOf(outer), toolCallId),
  }
  return {
    context,
    requestContext,
    suspend: typeof suspend === 'function' ? (suspend as Suspend) : undefined,
    suspended: read('suspendPayload'),
  }
}

type Write = (part: object) => unknown

/** The stream of the agent or workflow. A hook is given the function behind the writer. */
function writerOf({ writer, outputWriter }: Fields): Write | undefined {
  const { custom } = fieldsOf(writer)
  if (typeof custom === 'function') return (part) => custom.call(writer, part)
  return typeof outputWriter === 'function' ? (part) => outputWriter(part) : undefined
}

/**
 * Shows in the stream where a question stands. Nothing waits for the stream, and one that is closed or broken
 * changes nothing. The parts are not kept in the message history.
 */
function viewWriter(
  write: Write | undefined,
  toolCallId: string | undefined,
): CallState['context']['onApproval'] {
  if (!write) return undefined
  return (data) => {
    const id = toolCallId === undefined ? {} : { id: toolCallId }
    const part = { type: 'data-authsec-approval', ...id, data, transient: true }
    Promise.resolve(write(part)).catch(() => undefined)
  }
}

function contextOf(value: unknown): ReadableContext | undefined {
  const hasGet = typeof fieldsOf(value)['get'] === 'function'
  return hasGet ? (value as ReadableContext) : undefined
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {}
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
