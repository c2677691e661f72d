import { randomBytes, randomUUID } from 'node:crypto'
import type { SealStore } from '@authsec/ai-sdk'
import type { ChatMessage } from './chat-message.ts'
import { type ChatChunk, RunningAnswer } from './running-answer.ts'

/** One conversation, which the server keeps. A browser sends what the user typed, and never a history. */
export class Conversation {
  /** The browser's cookie. Whoever has it is the user: a program of yours has its own sign-in. */
  readonly cookie = randomBytes(24).toString('base64url')
  #id: string = randomUUID()
  #messages: readonly ChatMessage[] = []
  #version = 0
  #running: RunningAnswer | undefined
  readonly #listeners = new Set<() => void>()
  readonly #seals = new Map<string, string>()

  /** Another one after `clear`: what was asked before is not carried on. */
  get id(): string {
    return this.#id
  }

  get messages(): readonly ChatMessage[] {
    return this.#messages
  }

  get version(): number {
    return this.#version
  }

  get running(): RunningAnswer | undefined {
    return this.#running
  }

  /** Sealed questions stay on the server: the page has the view alone. */
  get seals(): SealStore {
    return {
      save: (toolCallId, sealed) => void this.#seals.set(toolCallId, sealed),
      load: (toolCallId) => this.#seals.get(toolCallId),
    }
  }

  /** Shows the messages to all tabs. */
  keep(messages: readonly ChatMessage[]): void {
    this.#messages = messages
    this.#tell()
  }

  /** Lets the tabs watch an answer until it ends. */
  run(stream: ReadableStream<ChatChunk>): RunningAnswer {
    const running = new RunningAnswer(stream)
    this.#running = running
    this.#tell()
    const end = (): void => {
      this.#running = undefined
      this.#tell()
    }
    running.ended.then(end, end)
    return running
  }

  /** Begins anew. Open questions can no longer be carried on. */
  clear(): void {
    this.#id = randomUUID()
    this.#seals.clear()
    this.keep([])
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  #tell(): void {
    this.#version += 1
    for (const listener of this.#listeners) listener()
  }
}

/** Maximum number of conversations. The oldest one goes. */
const MAX_CONVERSATIONS = 100

/** The conversations of this process, by the cookie of their browser. */
export class Conversations {
  readonly #byCookie = new Map<string, Conversation>()

  find(cookie: string | undefined): Conversation | undefined {
    return cookie === undefined ? undefined : this.#byCookie.get(cookie)
  }

  start(): Conversation {
    const started = new Conversation()
    this.#byCookie.set(started.cookie, started)
    const [oldest] = this.#byCookie.keys()
    if (this.#byCookie.size > MAX_CONVERSATIONS && oldest) this.#byCookie.delete(oldest)
    return started
  }
}
