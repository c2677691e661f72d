import { type ApprovalChunk, createApprovals } from '@authsec/ai-sdk'
import type { AuthSecClient } from '@authsec/core'
import {
  convertToModelMessages,
  createUIMessageStream,
  generateId,
  isStepCount,
  type LanguageModel,
  streamText,
  type ToolSet,
} from 'ai'
import { INSTRUCTIONS } from './agent-tools.ts'
import type { ChatMessage, CheckAnswer } from './chat-message.ts'
import type { Conversation } from './conversation.ts'
import { openCalls } from './open-calls.ts'
import type { ChatChunk } from './running-answer.ts'

export interface AgentOptions {
  readonly client: AuthSecClient
  readonly model: LanguageModel
  readonly tools: ToolSet
  /** Ends what is running when the program ends. */
  readonly signal: AbortSignal
}

export interface Agent {
  /** Answers a message of the user. Resolves to false when another answer is being written. */
  answer(conversation: Conversation, text: string): Promise<boolean>
  /** Looks whether a person has decided, and carries on if so. Nothing that a browser says decides. */
  check(conversation: Conversation): Promise<CheckAnswer['status']>
  /** Begins anew; what was asked before is not carried on. Resolves to false while an answer is being written. */
  startAnew(conversation: Conversation): Promise<boolean>
}

/** What is shown of a failure of the model: its own words may hold a key. */
const FAILED = 'The model did not answer. Send your message again.'
const MAX_ANSWER_MS = 120_000

export function createAgent(options: AgentOptions): Agent {
  /** Two tabs must not answer at the same time. */
  const busy = new WeakSet<Conversation>()

  async function alone<Result>(
    conversation: Conversation,
    otherwise: Result,
    run: () => Promise<Result>,
  ): Promise<Result> {
    if (busy.has(conversation) || conversation.running) return otherwise
    busy.add(conversation)
    try {
      return await run()
    } finally {
      busy.delete(conversation)
    }
  }

  return {
    answer: (conversation, text) =>
      alone(conversation, false, async () => {
        conversation.keep([...conversation.messages, userMessage(text)])
        const settling = await settle(conversation, options)
        conversation.run(answerStream(conversation, settling, options))
        return true
      }),
    check: (conversation) =>
      alone<CheckAnswer['status']>(conversation, 'busy', async () => {
        if (openCalls(conversation.messages).length === 0) return 'nothing_waits'
        const settling = await settle(conversation, options)
        if (!settling.news.some(isResult)) return 'pending'
        conversation.run(answerStream(conversation, settling, options))
        return 'answered'
      }),
    startAnew: (conversation) =>
      alone(conversation, false, async () => {
        conversation.clear()
        return true
      }),
  }
}

interface Settling {
  readonly tools: ToolSet
  readonly proceed: boolean
  /** The history with the results of what was decided. */
  readonly messages: ChatMessage[]
  /** What the page has to be told of that. */
  readonly news: readonly ApprovalChunk[]
  readonly abortSignal: AbortSignal
  /** Sends what comes later to the page. */
  tell(write: (chunk: ApprovalChunk) => void): void
}

/** Collects what was decided, and executes what was approved, once. */
async function settle(
  conversation: Conversation,
  { client, tools: plain, signal }: AgentOptions,
): Promise<Settling> {
  const { id: chatId, seals: seal, messages } = conversation
  const approvals = createApprovals(client, { user: `visitor-${chatId}`, chatId, seal })
  const tools = approvals.tools(plain)
  const abortSignal = AbortSignal.any([signal, AbortSignal.timeout(MAX_ANSWER_MS)])
  const news: ApprovalChunk[] = []
  let write = (chunk: ApprovalChunk): void => void news.push(chunk)
  const writer = { write: (chunk: ApprovalChunk) => write(chunk) }
  const settled = await approvals.settle(messages, { writer, abortSignal })
  const tell: Settling['tell'] = (next) => {
    write = next
  }
  return { ...settled, tools, news, abortSignal, tell }
}

/** First the results, then what the model says to them. The conversation keeps the whole message at the end. */
function answerStream(
  conversation: Conversation,
  { proceed, messages, news, tools, abortSignal, tell }: Settling,
  { model }: AgentOptions,
): ReadableStream<ChatChunk> {
  const originalMessages = [...conversation.messages]
  return createUIMessageStream<ChatMessage>({
    originalMessages,
    generateId,
    onError: () => FAILED,
    onEnd: (end) => conversation.keep(end.messages),
    async execute({ writer }) {
      for (const chunk of news) writer.write(chunk)
      tell((chunk) => writer.write(chunk))
      if (!proceed) return
      const result = streamText({
        model,
        tools,
        instructions: INSTRUCTIONS,
        messages: await convertToModelMessages(messages, {
          tools,
          ignoreIncompleteToolCalls: true,
        }),
        stopWhen: isStepCount(6),
        abortSignal,
        // The stream tells of it. By default it would also be printed, with its stack trace.
        onError: () => undefined,
      })
      writer.merge(result.toUIMessageStream({ originalMessages, onError: () => FAILED }))
    },
  })
}

function isResult(chunk: ApprovalChunk): boolean {
  if (chunk.type === 'data-authsec') return chunk.data.approval.status !== 'pending'
  return chunk.type === 'tool-output-available' || chunk.type === 'tool-output-error'
}

function userMessage(text: string): ChatMessage {
  return { id: generateId(), role: 'user', parts: [{ type: 'text', text }] }
}
