import { createUIMessageStreamResponse } from 'ai'
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { getCookie, setCookie } from 'hono/cookie'
import { streamSSE } from 'hono/streaming'
import type { Agent } from './agent.ts'
import { type ChatEnv, chatHeaders, refused, refuseOthers } from './chat-guard.ts'
import type { ConversationView } from './chat-message.ts'
import { type Conversation, Conversations } from './conversation.ts'
import type { PageFiles } from './page-files.ts'

export interface ChatAppOptions {
  readonly agent: Agent
  readonly page: PageFiles
  readonly mode: 'live' | 'mock'
  /** Where a person decides, for a link. Not given: on the approver's device. */
  readonly consoleUrl?: string | undefined
}

const MAX_BODY_BYTES = 64_000
const MAX_TEXT = 4_000
/** Keeps a connection that proxies and laptops would cut off. */
const HEARTBEAT_MS = 15_000

type ChatContext = Context<ChatEnv>

/** The page at `/`, its files, and below `/api/` what it sends and gets. */
export function createChatApp({ agent, page, mode, consoleUrl }: ChatAppOptions): Hono<ChatEnv> {
  const conversations = new Conversations()
  const cookieOf = (c: ChatContext): string => `authsec-chat-${c.env.incoming.socket.localPort}`
  const find = (c: ChatContext): Conversation | undefined =>
    conversations.find(getCookie(c, cookieOf(c)))
  const withConversation =
    (handle: (c: ChatContext, conversation: Conversation) => Response | Promise<Response>) =>
    (c: ChatContext): Response | Promise<Response> => {
      const conversation = find(c)
      if (conversation) return handle(c, conversation)
      return refused(c, 401, 'no_conversation', 'This conversation is gone. Reload the page.')
    }

  const app = new Hono<ChatEnv>()
  app.use(chatHeaders, refuseOthers)
  app.get('/', (c, next) => {
    // Cookies know no ports: the name keeps two demos of one computer apart. `Strict` would lose the conversation
    // when a link of another site opens the page; changes are refused by their Origin.
    if (!find(c)) {
      const { cookie } = conversations.start()
      setCookie(c, cookieOf(c), cookie, { httpOnly: true, sameSite: 'Lax', path: '/' })
    }
    return next()
  })
  app.get(
    '/api/conversation',
    withConversation((c, { messages, version, running }) => {
      const view: ConversationView = {
        ...{ messages, version, mode },
        isRunning: running !== undefined,
        consoleUrl: consoleUrl ?? null,
      }
      return c.json(view)
    }),
  )
  app.get('/api/events', withConversation(versions))
  app.get(
    '/api/answer',
    withConversation((c, { running }) => {
      return running
        ? createUIMessageStreamResponse({ stream: running.watch() })
        : c.body(null, 204)
    }),
  )
  const isJson = /^application\/json *(?:;|$)/i
  app.use(
    '/api/*',
    bodyLimit({
      maxSize: MAX_BODY_BYTES,
      onError: (c) => refused(c, 413, 'too_long', 'The message is too long.'),
    }),
    async (c, next) => {
      if (c.req.method !== 'POST' || isJson.test(c.req.header('content-type') ?? '')) return next()
      return refused(c, 415, 'json_required', 'Send JSON.')
    },
  )
  app.post(
    '/api/messages',
    withConversation(async (c, conversation) => {
      const text = textIn(await c.req.json().catch(() => undefined))
      if (text === undefined) {
        return refused(c, 400, 'bad_message', `Write between 1 and ${MAX_TEXT} characters.`)
      }
      const isAnswered = await agent.answer(conversation, text)
      if (!isAnswered) return refused(c, 409, 'busy', 'The agent is still answering. Wait for it.')
      const { running } = conversation
      return running
        ? createUIMessageStreamResponse({ stream: running.watch() })
        : c.body(null, 204)
    }),
  )
  app.post(
    '/api/check',
    withConversation(async (c, conversation) => {
      return c.json({ status: await agent.check(conversation) })
    }),
  )
  app.post(
    '/api/new',
    withConversation(async (c, conversation) => {
      if (await agent.startAnew(conversation)) return c.body(null, 204)
      return refused(c, 409, 'busy', 'The agent is still answering. Wait for it.')
    }),
  )
  app.get('*', (c) => {
    const file = page.get(c.req.path)
    if (!file) return refused(c, 404, 'not_found', 'There is nothing at this address.')
    return c.body(file.body, 200, { 'content-type': file.type })
  })
  app.notFound((c) => refused(c, 404, 'not_found', 'There is nothing at this address.'))
  // Its own words may hold what is nobody's business.
  app.onError((_error, c) => refused(c, 500, 'failed', 'Something failed. Send it again.'))
  return app
}

function textIn(body: unknown): string | undefined {
  const { text }: { text?: unknown } = Object(body)
  const trimmed = typeof text === 'string' ? text.trim() : ''
  return trimmed === '' || trimmed.length > MAX_TEXT ? undefined : trimmed
}

/** Tells a tab whenever there is something new, whichever tab it came from. */
function versions(c: ChatContext, conversation: Conversation): Response {
  return streamSSE(c, async (stream) => {
    let changed = Promise.withResolvers<void>()
    const wake = (): void => changed.resolve()
    const stopListening = conversation.onChange(wake)
    stream.onAbort(wake)
    const heartbeat = setInterval(() => void stream.write(': \n\n'), HEARTBEAT_MS)
    try {
      while (!stream.aborted) {
        await stream.writeSSE({ event: 'version', data: String(conversation.version) })
        await changed.promise
        changed = Promise.withResolvers()
      }
    } finally {
      clearInterval(heartbeat)
      stopListening()
    }
  })
}
