import type { Emulator } from '@authsec/emulator'
import { plantSecret, testClient, testEmulator, watch } from '@authsec-internal/test-kit'
import type { ChatMessage, CheckAnswer, ConversationView } from '../src/chat-message.ts'
import { recordsApi, scriptedModel, serveChat } from '../src/index.ts'

interface Answer {
  readonly status: number
  readonly text: string
  readonly headers: Headers
}

type Headed = Readonly<Record<string, string>>
type ToolPart = Extract<ChatMessage['parts'][number], { toolCallId: string }>

/** One browser: its cookie, and what it sends and gets. */
export interface Tab {
  readonly cookie: string
  get(path: string, headers?: Headed): Promise<Answer>
  post(path: string, body: unknown, headers?: Headed): Promise<Answer>
  /** Sends what a user typed, and reads the answer to its end. */
  say(text: string): Promise<Answer>
  /** Has the server look for the person's answer, and reads what comes of it to its end. */
  check(): Promise<CheckAnswer['status']>
  view(): Promise<ConversationView>
  /** The last call of `delete_record`. */
  call(): Promise<ToolPart | undefined>
}

export interface ChatWorld extends AsyncDisposable {
  readonly emulator: Emulator
  readonly url: string
  /** What the API deleted, or was asked to. */
  deletions(): string[]
  /** Lets the time for a decision pass. */
  expire(): void
  open(): Promise<Tab>
}

/** The chat's server with a page that is not built, an emulator, and a client that is watched for leaks. */
export async function chatWorld({
  permissions = ['records:read', 'records:delete'],
  delayMs = 0,
  model = scriptedModel({ delayMs }),
}: {
  permissions?: readonly string[]
  delayMs?: number
  model?: Parameters<typeof serveChat>[0]['model']
} = {}): Promise<ChatWorld> {
  let offset = 0
  const clock = {
    now: () => Date.now() + offset,
    monotonic: () => performance.now(),
    setTimeout(callback: () => void, ms: number) {
      const timer = setTimeout(callback, ms)
      return () => clearTimeout(timer)
    },
  }
  const routes = recordsApi()
  const emulator = await testEmulator({ permissions, routes, clock, pollIntervalSeconds: 1 })
  const methods = ['GET', 'DELETE']
  const resources = [{ name: 'records', baseUrl: emulator.vaultUrl, methods }]
  const client = testClient(emulator, { resources, clock })
  const chat = await serveChat({
    ...{ client, model, approver: 'approver@example.com' },
    page: new Map([['/', { type: 'text/html; charset=utf-8', body: '<!doctype html>' }]]),
  })
  return {
    emulator,
    url: chat.url,
    deletions: () =>
      emulator.requests.filter(({ method }) => method === 'DELETE').map(({ path }) => path),
    expire() {
      offset = 301_000
    },
    open: () => openTab(chat.url, emulator),
    async [Symbol.asyncDispose]() {
      await chat.close()
      await client.close()
      await emulator.close()
    },
  }
}

async function openTab(url: string, emulator: Emulator): Promise<Tab> {
  const page = await fetch(url)
  await page.arrayBuffer()
  const [cookie = ''] = (page.headers.getSetCookie()[0] ?? '').split(';')

  /** Everything that a page gets is searched for secrets. */
  async function ask(path: string, init: RequestInit): Promise<Answer> {
    const response = await fetch(new URL(path, url), init)
    const text = await response.text()
    watch(`answer of ${path}`, text)
    for (const { authReqId } of emulator.control.approvals()) {
      plantSecret('an auth_req_id', authReqId)
    }
    return { status: response.status, text, headers: response.headers }
  }
  const tab: Tab = {
    cookie,
    get: (path, headers) => ask(path, { headers: { cookie, ...headers } }),
    post: (path, body, headers) =>
      ask(path, {
        method: 'POST',
        headers: {
          ...{ cookie, origin: new URL(url).origin, 'content-type': 'application/json' },
          ...headers,
        },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    say: (text) => tab.post('/api/messages', { text }),
    async check() {
      const { status }: CheckAnswer = JSON.parse((await tab.post('/api/check', {})).text)
      if (status === 'answered') await tab.get('/api/answer')
      return status
    },
    view: async () => JSON.parse((await tab.get('/api/conversation')).text),
    async call() {
      const { messages } = await tab.view()
      const parts = messages.flatMap(({ parts }) => parts)
      return parts.findLast(
        (part): part is ToolPart => part.type === 'tool-delete_record' && 'toolCallId' in part,
      )
    },
  }
  return tab
}
