import { type Emulator, type StartEmulatorOptions, startEmulator } from '../src/index.ts'
import { json } from './test-server.ts'

/** A console over HTTP, as the browser of a person uses it. */
export interface ConsolePage extends AsyncDisposable {
  readonly emulator: Emulator
  readonly origin: string
  /** The text of `/` now. */
  page(): Promise<string>
  /** Sends a form of the page, as the browser does. `fields` and `headers` add or replace. */
  send(
    change: string,
    fields?: Record<string, string>,
    headers?: Record<string, string>,
  ): Promise<Response>
  /** Asks for an approval as an agent does. Returns its `auth_req_id`. */
  ask(message: string): Promise<string>
}

export async function openConsole(options: StartEmulatorOptions = {}): Promise<ConsolePage> {
  const emulator = await startEmulator({ console: true, rateLimit: false, ...options })
  const origin = emulator.baseUrl
  const page = async (): Promise<string> => (await fetch(`${origin}/`)).text()
  const csrf = /name="csrf" value="([^"]+)"/.exec(await page())?.[1] ?? ''
  return {
    emulator,
    origin,
    page,
    send: (change, fields = {}, headers = {}) =>
      fetch(`${origin}/console/${change}`, {
        method: 'POST',
        redirect: 'manual',
        headers: { origin, accept: 'text/plain', ...headers },
        body: new URLSearchParams({ csrf, ...fields }),
      }),
    ask: async (message) => {
      const init = json({ login_hint: 'approver@example.com', binding_message: message })
      const answer = await fetch(`${origin}/authsec/uflow/auth/ciba/initiate`, init)
      return ((await answer.json()) as { auth_req_id: string }).auth_req_id
    },
    [Symbol.asyncDispose]: emulator.close,
  }
}

/** An event of the page's stream. */
export interface LiveUpdate {
  readonly now: number
  readonly sections: Readonly<Record<string, string>>
  readonly waiting: string
  readonly calls?: string
}

/** Reads the events of a page until it is disposed. */
export async function watchConsole(origin: string): Promise<{
  readonly updates: readonly LiveUpdate[]
  readonly text: () => string
  readonly [Symbol.dispose]: () => void
}> {
  const gone = new AbortController()
  const answer = await fetch(`${origin}/console/events`, { signal: gone.signal })
  if (answer.status !== 200) throw new Error(`The stream answered ${answer.status}.`)
  const updates: LiveUpdate[] = []
  let text = ''
  const read = async (): Promise<void> => {
    let rest = ''
    for await (const chunk of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      // Enough for a search for secrets.
      if (text.length < 5_000_000) text += chunk
      const events = (rest + chunk).split('\n\n')
      rest = events.pop() ?? ''
      for (const event of events) {
        const data = /^data: (.*)$/m.exec(event)?.[1]
        if (data !== undefined) updates.push(JSON.parse(data) as LiveUpdate)
      }
    }
  }
  read().catch(() => undefined)
  return { updates, text: () => text, [Symbol.dispose]: () => gone.abort() }
}
