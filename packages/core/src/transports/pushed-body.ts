import type { ResponseBody } from '../http/transport.ts'

/** What holds the sender back while nobody reads. */
export interface Flow {
  pause(): void
  resume(): void
  /** Ends the exchange: the rest is not wanted. */
  abort(reason: Error): void
}

interface Reader {
  take(piece: Uint8Array): void
  end(): void
  fail(error: unknown): void
}

/** So much may wait for a reader, in bytes, before the sender is held back: as much as a stream of Node.js for files. */
const MAX_WAITING = 65_536

/**
 * A body whose pieces are pushed as they arrive. They go to the reader at once; before there is one, they wait. A
 * stream would do the same for more than the rest of a small call costs.
 */
export class PushedBody implements ResponseBody {
  readonly #flow: Flow
  #waiting: Uint8Array[] = []
  #bytes = 0
  #reader: Reader | undefined
  #end: { readonly error?: unknown } | undefined

  constructor(flow: Flow) {
    this.#flow = flow
  }

  push(piece: Uint8Array): void {
    if (this.#reader) {
      this.#reader.take(piece)
      return
    }
    this.#waiting.push(piece)
    this.#bytes += piece.byteLength
    if (this.#bytes > MAX_WAITING) this.#flow.pause()
  }

  /** The end of the body, or with an error what cut it off. What has arrived can still be read. */
  end(end: { readonly error?: unknown } = {}): void {
    if (this.#end) return
    this.#end = end
    if ('error' in end) this.#reader?.fail(end.error)
    else this.#reader?.end()
  }

  discard(): void {
    this.#waiting = []
    if (this.#end) return
    this.#end = { error: new Error('The body was discarded.') }
    this.#reader = undefined
    this.#flow.abort(new Error('The rest of the body is not wanted.'))
  }

  readPieces(take: (piece: Uint8Array) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const refuse = (error: unknown): void => {
        reject(error)
        this.discard()
      }
      this.#read({
        take(piece) {
          try {
            take(piece)
          } catch (error) {
            refuse(error)
          }
        },
        end: resolve,
        fail: reject,
      })
    })
  }

  #read(reader: Reader): void {
    for (const piece of this.#waiting) reader.take(piece)
    this.#waiting = []
    this.#bytes = 0
    if (!this.#end) {
      this.#reader = reader
      this.#flow.resume()
    } else if ('error' in this.#end) reader.fail(this.#end.error)
    else reader.end()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        const piece = await this.#next()
        if (!piece) return
        yield piece
      }
    } finally {
      this.discard()
    }
  }

  /** The next piece; `undefined` at the end. */
  #next(): Promise<Uint8Array | undefined> | Uint8Array | undefined {
    const piece = this.#waiting.shift()
    if (piece) {
      this.#bytes -= piece.byteLength
      return piece
    }
    return new Promise((resolve, reject) => {
      const done = (settle: () => void): void => {
        this.#reader = undefined
        settle()
      }
      this.#read({
        take: (next) => done(() => resolve(next)),
        end: () => done(() => resolve(undefined)),
        fail: (error) => done(() => reject(error)),
      })
    })
  }
}
