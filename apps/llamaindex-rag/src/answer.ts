import type { AuthSecClient } from '@authsec/core'
import { permittedRetriever } from '@authsec/llamaindex'
import { MetadataMode, type NodeWithScore } from '@llamaindex/core/schema'
import type { VectorStoreIndex } from 'llamaindex'
import type { Models } from './models.ts'

/** Records less similar to the question than this are unrelated to it. */
const CUTOFF = 0.2
const QUOTED_SENTENCES = 2

interface Source {
  /** The document's `id_`, made of endpoint and record ID. */
  id: string
  title: string
  similarity: number
  metadata: Readonly<Record<string, unknown>>
}

export interface Answer {
  text: string
  /** Whether the text is quoted from the source. */
  isExtract: boolean
  source: Source
}

/** Answers from the records that the asker may see; undefined when none of them fits the question. */
export async function answer(
  index: VectorStoreIndex,
  asker: AuthSecClient | readonly string[],
  question: string,
  models: Models,
): Promise<Answer | undefined> {
  const options = { similarityTopK: 3, similarityCutoff: CUTOFF }
  const retriever = permittedRetriever(index, asker, options)
  const [best] = await retriever.retrieve(question)
  if (!best) return undefined
  const source = sourceOf(best)
  if (!models.llm) {
    const text = await extract(best.node.getContent(MetadataMode.NONE), question, models)
    return { text, isExtract: true, source }
  }
  const { message } = await index.asQueryEngine({ retriever }).query({ query: question })
  return { text: String(message.content), isExtract: false, source }
}

/** The sentences most similar to the question, in the order of the text. */
async function extract(text: string, question: string, { embedding }: Models): Promise<string> {
  const [, ...body] = text.split('\n')
  const sentences = body.join(' ').match(/[^.!?]+[.!?]+(?=\s|$)/g) ?? [text]
  const [asked = [], ...vectors] = await embedding.getTextEmbeddings([question, ...sentences])
  const ranked = sentences
    .map((sentence, position) => ({
      sentence: sentence.trim(),
      position,
      similarity: embedding.similarity(asked, vectors[position] ?? asked.map(() => 0)),
    }))
    .sort((a, b) => b.similarity - a.similarity)
    .slice(0, QUOTED_SENTENCES)
  return ranked
    .sort((a, b) => a.position - b.position)
    .map(({ sentence }) => sentence)
    .join(' ')
}

function sourceOf({ node, score = 0 }: NodeWithScore): Source {
  return {
    id: node.sourceNode?.nodeId ?? node.id_,
    title: String(node.metadata['title']),
    similarity: score,
    metadata: node.metadata,
  }
}
