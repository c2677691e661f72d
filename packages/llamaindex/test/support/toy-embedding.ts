import { BaseEmbedding } from '@llamaindex/core/embeddings'

const WORDS = 512

/** Counts words in 512 buckets. It finds the nearest text, and gives the same result every time. */
export class ToyEmbedding extends BaseEmbedding {
  // biome-ignore lint/complexity/noUselessConstructor: the base class's is protected
  constructor() {
    super()
  }

  override async getTextEmbedding(text: string): Promise<number[]> {
    const vector = new Array<number>(WORDS).fill(0)
    for (const word of text.toLowerCase().match(/[a-z]+/g) ?? []) {
      let hash = 7
      for (const letter of word) hash = (hash * 31 + letter.charCodeAt(0)) % 1_000_003
      const bucket = hash % WORDS
      vector[bucket] = (vector[bucket] ?? 0) + 1
    }
    return vector
  }
}
