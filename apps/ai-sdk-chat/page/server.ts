import { DefaultChatTransport, type UIMessageChunk } from 'ai'
import type { ChatMessage, CheckAnswer, ConversationView } from '../src/chat-message.ts'

type SendOptions = Parameters<DefaultChatTransport<ChatMessage>['sendMessages']>[0]

/** Asks to watch an answer that the server writes already, to which the last message belongs. */
export const WATCH = { body: { watch: true } }

/**
 * The server keeps the conversation: the page sends what the user typed, and nothing else. An answer that another
 * tab or the decision of a person began is watched. (`resumeStream` would begin a new message with it, and this one
 * goes on where the approval was asked for.)
 */
class ConversationTransport extends DefaultChatTransport<ChatMessage> {
  constructor() {
    super({
      api: '/api/messages',
      prepareSendMessagesRequest: ({ messages }) => ({ body: { text: textOf(messages.at(-1)) } }),
      prepareReconnectToStreamRequest: () => ({ api: '/api/answer' }),
    })
  }

  override async sendMessages(options: SendOptions): Promise<ReadableStream<UIMessageChunk>> {
    if (Object(options.body).watch !== true) return super.sendMessages(options)
    const { chatId, abortSignal } = options
    const running = await this.reconnectToStream({ chatId, ...(abortSignal && { abortSignal }) })
    return running ?? new ReadableStream({ start: (controller) => controller.close() })
  }
}

export const transport = new ConversationTransport()

function textOf(message: ChatMessage | undefined): string {
  return (message?.parts ?? []).map((part) => (part.type === 'text' ? part.text : '')).join('')
}

export async function loadConversation(): Promise<ConversationView> {
  return (await asked('/api/conversation')).json()
}

/** Has the server look whether a person has decided. */
export async function checkAnswers(): Promise<CheckAnswer> {
  return (await asked('/api/check', 'POST')).json()
}

export async function startAnew(): Promise<void> {
  await asked('/api/new', 'POST')
}

async function asked(path: string, method = 'GET'): Promise<Response> {
  const json = { headers: { 'content-type': 'application/json' }, body: '{}' }
  const answer = await fetch(path, method === 'GET' ? {} : { method, ...json })
  if (answer.ok) return answer
  throw new Error(await answer.text())
}

/** The server's own words of an error, or a sentence for one that has none. */
export function wordsOf(error: Error): string {
  try {
    const { message } = Object(JSON.parse(error.message))
    if (typeof message === 'string') return message
  } catch {
    if (/^The model did not answer/.test(error.message)) return error.message
  }
  return 'The chat server does not answer. Check that it is running.'
}
