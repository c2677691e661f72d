import { BaseEmbedding } from '@llamaindex/core/embeddings'

const WORDS = 512

/** Words counted into 512 buckets: enough to tell which text is nearest, and the same every time. */
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
      const place = hash % WORDS
      vector[place] = (vector[place] ?? 0) + 1
    }
    return vector
  }
}
