import type { InferUIMessageChunk } from 'ai'
import type { ChatMessage } from './chat-message.ts'

export type ChatChunk = InferUIMessageChunk<ChatMessage>

/**
 * An answer of the agent while it is written. It goes on without anybody who watches, and whoever comes later
 * sees it from its beginning: a second tab, or a page that was reloaded.
 */
export class RunningAnswer {
  readonly #chunks: ChatChunk[] = []
  #isOver = false
  #changed = Promise.withResolvers<void>()
  /** Resolves at the end, whatever it was. */
  readonly ended: Promise<void>

  constructor(stream: ReadableStream<ChatChunk>) {
    this.ended = this.#read(stream)
  }

  watch(): ReadableStream<ChatChunk> {
    let next = 0
    return new ReadableStream<ChatChunk>({
      pull: async (controller) => {
        while (next === this.#chunks.length && !this.#isOver) await this.#changed.promise
        const chunk = this.#chunks[next]
        next += 1
        if (chunk) controller.enqueue(chunk)
        else controller.close()
      },
    })
  }

  async #read(stream: ReadableStream<ChatChunk>): Promise<void> {
    try {
      for await (const chunk of stream) {
        this.#chunks.push(chunk)
        this.#tell()
      }
    } finally {
      this.#isOver = true
      this.#tell()
    }
  }

  #tell(): void {
    const { resolve } = this.#changed
    this.#changed = Promise.withResolvers()
    resolve()
  }
}
