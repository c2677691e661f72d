import type { ApprovalView } from '@authsec/core'
import { NOT_ASKED } from './guarded-tools.ts'
import {
  type ApprovalData,
  type ApprovalWriter,
  approvalDataIn,
  type ChatMessage,
  endedPart,
  isApprovalData,
  type OpenPart,
  openPartOf,
  resultChunk,
  toolNameOf,
  withoutOldApproval,
} from './message-parts.ts'
import type { CarriedOn, Suspendable, ToolCall } from './suspended-call.ts'

export interface Settled<Message> {
  /** Whether to call the model. If not, end the response: a person has yet to answer, or there is nothing to say. */
  readonly proceed: boolean
  /** For the model. `originalMessages` of the SDK takes those that the client sent. */
  readonly messages: Message[]
}

export interface SettleParts {
  /** The tools that have a rule, by name. */
  readonly calls: ReadonlyMap<string, Suspendable>
  readonly writer: ApprovalWriter | undefined
  readonly abortSignal: AbortSignal | undefined
  readonly context: unknown
  /** The sealed question of a call, given what the messages hold. */
  sealedOf(toolCallId: string, data: Partial<ApprovalData> | undefined): Promise<string | undefined>
  write(data: ApprovalData): void
}

/** An open call, with what is known of its question. */
interface OpenCall {
  readonly open: OpenPart
  readonly calls: Suspendable
  readonly sealed: string | undefined
  /** As the client sent it. It is shown to nobody else. */
  readonly shown: ApprovalView | undefined
}

/**
 * Collects the answers to all open calls, whatever the client says about them, and executes what is approved. The
 * client goes on with the last message, so its parts are replaced in the stream; what came of older ones is
 * told in the new message.
 */
export async function settleMessages<Message extends ChatMessage>(
  messages: readonly Message[],
  parts: SettleParts,
): Promise<Settled<Message>> {
  const data = approvalDataIn(messages)
  const last = messages.at(-1)
  const current = last?.role === 'assistant' ? last : undefined
  let isWaiting = false
  let isLate = false
  let isStarted = current !== undefined

  /** A client forgets what comes before the start of a new message. */
  function start(): void {
    if (!isStarted) parts.writer?.write({ type: 'start' })
    isStarted = true
  }

  async function settlePart(part: object, isCurrent: boolean): Promise<object> {
    const open = openPartOf(part)
    if (!open)
      return parts.calls.has(toolNameOf({ ...part }) ?? '') ? withoutOldApproval(part) : part
    const calls = parts.calls.get(open.toolName)
    const known = data.get(open.toolCallId)
    if (calls && known?.result) return endedPart(part, known.result)
    const sealed = calls && (await parts.sealedOf(open.toolCallId, known))
    if (!calls || (sealed === undefined && (await calls.isFree(callOf(open, parts))))) {
      // Somebody else asks about this call, and may have no answer yet.
      isWaiting ||= isCurrent && open.state === 'approval-requested'
      return part
    }
    isLate ||= !isCurrent
    const call = { open, calls, sealed, shown: known?.approval }
    const carried = await carryOn(call, parts)
    const isOpen = carried.answer === 'pending'
    isWaiting ||= isCurrent && isOpen
    if (isOpen) tellWaiting(call, carried, isCurrent, parts)
    else await tellResult(call, carried, isCurrent, { ...parts, start })
    return isCurrent && isOpen ? part : endedPart(part, carried.result)
  }

  async function settleMessage(message: Message): Promise<Message> {
    if (message.role !== 'assistant') return message
    // Nobody else reads them, and AI SDK 6.0.0 makes an empty model message of a step that begins with one.
    const read = message.parts.filter((part) => !isApprovalData(part))
    const isCurrent = message === current
    return { ...message, parts: await Promise.all(read.map((part) => settlePart(part, isCurrent))) }
  }

  const settled = await Promise.all(messages.map(settleMessage))
  const isPoll = current?.parts.every((part) => !openPartOf(part)) === true && isLate
  return { proceed: !isWaiting && !isPoll, messages: settled }
}

function callOf(
  { toolCallId, input }: OpenPart,
  { abortSignal, context }: Pick<SettleParts, 'abortSignal' | 'context'>,
): ToolCall {
  return { toolCallId, input, abortSignal, context }
}

async function carryOn({ open, calls, sealed }: OpenCall, parts: SettleParts): Promise<CarriedOn> {
  if (sealed === undefined) return { answer: 'failed', result: calls.refuse(NOT_ASKED) }
  return calls.carryOn(sealed, callOf(open, parts))
}

/** What may be shown of a question, unless it is too old or none of this agent's. */
async function viewOf(
  { open, calls, sealed }: OpenCall,
  parts: SettleParts,
): Promise<ApprovalView | undefined> {
  if (sealed === undefined) return undefined
  return calls.view(sealed, callOf(open, parts)).catch(() => undefined)
}

/** Puts the part back to `approval-requested`: a client that sends by itself when all is answered would send for ever. */
function tellWaiting(
  { open, sealed }: OpenCall,
  { approval }: CarriedOn,
  isCurrent: boolean,
  { writer, write }: SettleParts,
): void {
  const { toolCallId, approvalId, state } = open
  if (isCurrent && state === 'approval-responded') {
    writer?.write({ type: 'tool-approval-request', approvalId, toolCallId })
  }
  if (isCurrent && approval) write({ toolCallId, approval, sealed })
}

async function tellResult(
  call: OpenCall,
  { result, answer }: CarriedOn,
  isCurrent: boolean,
  parts: SettleParts & { start(): void },
): Promise<void> {
  const { toolCallId } = call.open
  const { writer, write, start } = parts
  if (isCurrent) writer?.write(resultChunk(toolCallId, result))
  const view = (await viewOf(call, parts)) ?? call.shown
  if (!view) return
  start()
  write({ toolCallId, approval: { ...view, status: answer }, ...(!isCurrent && { result }) })
}
