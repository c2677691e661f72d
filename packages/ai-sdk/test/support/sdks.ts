import * as ai7 from 'ai'
import * as ai5 from 'ai-5'
import * as ai6 from 'ai-6'

export interface Part {
  type: string
  id?: string
  state?: string
  toolCallId?: string
  input?: unknown
  output?: unknown
  errorText?: string
  text?: string
  approval?: { id: string; approved?: boolean }
  data?: { toolCallId: string; approval: { status: string; code: string }; sealed?: string }
}

export interface Message {
  id: string
  role: 'user' | 'assistant'
  parts: Part[]
}

interface Writer {
  write(chunk: object): void
  merge(stream: ReadableStream<object>): void
}

/** What three majors of the SDK have in common. */
export interface Sdk {
  streamText(options: object): {
    toUIMessageStream(options?: object): ReadableStream<object>
    readonly steps: PromiseLike<unknown>
  }
  generateText(options: object): Promise<{ text: string }>
  createUIMessageStream(options: {
    originalMessages: Message[]
    onError: (error: unknown) => string
    execute: (options: { writer: Writer }) => Promise<void>
  }): ReadableStream<object>
  readUIMessageStream(options: {
    message?: Message
    stream: ReadableStream<object>
    onError: (error: unknown) => void
  }): AsyncIterable<Message>
  convertToModelMessages(messages: Message[], options: object): object[] | Promise<object[]>
  stepCountIs(count: number): unknown
  lastAssistantMessageIsCompleteWithApprovalResponses?(chat: { messages: Message[] }): boolean
}

export interface Version {
  readonly name: string
  readonly sdk: Sdk
  /** Of the specification for language models. */
  readonly specification: 2 | 3 | 4
}

export const [five, six, seven]: readonly [Version, Version, Version] = [
  { name: 'AI SDK 5', sdk: ai5 as unknown as Sdk, specification: 2 },
  { name: 'AI SDK 6', sdk: ai6 as unknown as Sdk, specification: 3 },
  { name: 'AI SDK 7', sdk: ai7 as unknown as Sdk, specification: 4 },
]
