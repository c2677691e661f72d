import type { BaseEmbedding } from '@llamaindex/core/embeddings'
import type { LLM } from '@llamaindex/core/llms'
import { MockLLM } from '@llamaindex/core/llms/mock'
import { SentenceSplitter, Settings } from 'llamaindex'
import { LocalEmbedding } from './local-embedding.ts'

export interface Models {
  embedding: BaseEmbedding
  embeddingName: string
  /** Undefined: answers are sentences quoted from the records. */
  llm: LLM | undefined
  llmName: string
}

/** With a key OpenAI; without one a local embedding and no model. Both are set in LlamaIndex's global settings too. */
export async function chooseModels(apiKey: string | undefined, model: string): Promise<Models> {
  const models = apiKey ? await openAiModels(apiKey, model) : localModels()
  Settings.embedModel = models.embedding
  // A query engine cannot be created without a model, even if it never calls one.
  Settings.llm = models.llm ?? new MockLLM()
  Settings.nodeParser = new SentenceSplitter({ chunkSize: 200, chunkOverlap: 20 })
  return models
}

function localModels(): Models {
  return {
    embedding: new LocalEmbedding(),
    embeddingName: 'all-MiniLM-L6-v2, 384 dimensions, in this process',
    llm: undefined,
    llmName: 'none (OPENAI_API_KEY is not set): answers quote the records',
  }
}

async function openAiModels(apiKey: string, model: string): Promise<Models> {
  const { OpenAI, OpenAIEmbedding } = await import('@llamaindex/openai')
  return {
    embedding: new OpenAIEmbedding({ apiKey, model: 'text-embedding-3-small' }),
    embeddingName: 'OpenAI text-embedding-3-small',
    llm: new OpenAI({ apiKey, model, temperature: 0 }),
    llmName: `OpenAI ${model}`,
  }
}
