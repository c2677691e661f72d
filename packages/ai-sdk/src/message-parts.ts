import type { ApprovalView } from '@authsec/core'
import type { CallResult } from './suspended-call.ts'

/** The parts of a UI message of the AI SDK that are read here. Messages come from a client: nothing in them is trusted. */
export interface ChatMessage {
  readonly role: string
  readonly parts: readonly object[]
}

/** What a message part `data-authsec` holds, and what interfaces show beside the tool part of its ID. */
export interface ApprovalData {
  readonly toolCallId: string
  readonly approval: ApprovalView
  /** The sealed question, while it is open. It is encrypted, and executes nothing but this call for this user. */
  readonly sealed?: string | undefined
  /** What the call came to, if that is not in the tool part: the user had gone on meanwhile. */
  readonly result?: CallResult | undefined
}

/** What is written into the stream of UI messages. */
export type ApprovalChunk =
  | { type: 'start' }
  | { type: 'data-authsec'; id: string; data: ApprovalData }
  | { type: 'tool-approval-request'; approvalId: string; toolCallId: string }
  | { type: 'tool-output-available'; toolCallId: string; output: unknown }
  | { type: 'tool-output-error'; toolCallId: string; errorText: string }

/** The `writer` of `createUIMessageStream`. */
export interface ApprovalWriter {
  write(chunk: ApprovalChunk): void
}

/** A tool part that waits for an answer, or that a client says is answered. */
export interface OpenPart {
  readonly toolCallId: string
  readonly toolName: string
  readonly state: 'approval-requested' | 'approval-responded'
  readonly input: unknown
  readonly approvalId: string
}

type Fields = Readonly<Record<string, unknown>>

export function toolNameOf({ type, toolName }: Fields): string | undefined {
  if (type === 'dynamic-tool') return typeof toolName === 'string' ? toolName : undefined
  return typeof type === 'string' && type.startsWith('tool-') ? type.slice(5) : undefined
}

export function openPartOf(part: object): OpenPart | undefined {
  const fields: Fields = { ...part }
  const { toolCallId, state, input, approval } = fields
  const toolName = toolNameOf(fields)
  const isOpen = state === 'approval-requested' || state === 'approval-responded'
  if (toolName === undefined || typeof toolCallId !== 'string' || !isOpen) return undefined
  const { id } = Object(approval)
  return { toolCallId, toolName, state, input, approvalId: typeof id === 'string' ? id : '' }
}

/** The last data part of each call, whichever message it is in. */
export function approvalDataIn(
  messages: readonly ChatMessage[],
): Map<string, Partial<ApprovalData>> {
  const found = new Map<string, Partial<ApprovalData>>()
  for (const part of messages.flatMap(({ parts }) => parts)) {
    if (!isApprovalData(part)) continue
    const { toolCallId, approval, sealed, result } = Object(Object(part).data)
    if (typeof toolCallId !== 'string') continue
    found.set(toolCallId, {
      ...(typeof approval === 'object' && { approval }),
      ...(typeof sealed === 'string' && { sealed }),
      ...(isResult(result) && { result }),
    })
  }
  return found
}

export function isApprovalData(part: object): boolean {
  return 'type' in part && part.type === 'data-authsec'
}

/** Without the approval that a part still names when its call has ended: the SDK would look for the answer to it. */
export function withoutOldApproval(part: object): object {
  const { approval: _, ...rest }: Fields = { ...part }
  return rest['state'] === 'output-available' || rest['state'] === 'output-error' ? rest : part
}

/** The tool part as one that has ended. */
export function endedPart(part: object, result: CallResult): object {
  const { approval: _, output: _output, errorText: _text, ...rest }: Fields = { ...part }
  return result.status === 'output'
    ? { ...rest, state: 'output-available', output: result.output }
    : { ...rest, state: 'output-error', errorText: result.errorText }
}

export function resultChunk(toolCallId: string, result: CallResult): ApprovalChunk {
  return result.status === 'output'
    ? { type: 'tool-output-available', toolCallId, output: result.output }
    : { type: 'tool-output-error', toolCallId, errorText: result.errorText }
}

function isResult(value: unknown): value is CallResult {
  const { status, errorText } = Object(value)
  return status === 'output' || (status === 'error' && typeof errorText === 'string')
}
