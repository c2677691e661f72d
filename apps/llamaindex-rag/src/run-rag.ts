import type { AuthSecClient } from '@authsec/core'
import type { Printer } from '@authsec-apps/demo-kit'
import type { Document } from '@llamaindex/core/schema'
import type { VectorStoreIndex } from 'llamaindex'
import { type Answer, answer } from './answer.ts'
import { indexRecords, readRecords } from './build-index.ts'
import type { Models } from './models.ts'
import { createProgressBar } from './progress-bar.ts'

export const QUESTIONS: readonly string[] = [
  'Why could nobody sign in to the payroll portal in October?',
  'How soon must a contractor lose access after the contract ends?',
  'Who copied design documents to a private account?',
]

/** Reads and indexes the records, and asks the questions with two sets of permissions. Returns whether the first asker got every answer. */
export async function runRag(
  client: AuthSecClient,
  printer: Printer,
  models: Models,
  questions: readonly string[],
): Promise<boolean> {
  const index = await ingest(client, printer, models)
  const answers: (Answer | undefined)[] = []
  for (const question of questions) {
    printer.title(question)
    const found = await answer(index, client, question, models)
    show(printer, found)
    answers.push(found)
  }
  const { permissions } = await client.getDelegationToken()
  await askAgain(index, fewer(permissions), questions, answers, printer, models)
  const isComplete = answers.every((found) => found !== undefined)
  if (isComplete)
    printer.good(
      'Done. The answers depend on the permissions of the asker, and no model saw a token.',
    )
  else printer.bad('The records that this agent may see do not answer every question.')
  return isComplete
}

async function ingest(
  client: AuthSecClient,
  printer: Printer,
  models: Models,
): Promise<VectorStoreIndex> {
  printer.fact('Embedding', models.embeddingName)
  printer.fact('Model', models.llmName)
  printer.step('Reading the records of the vault, page by page, and indexing them.')
  const bar = createProgressBar()
  const documents = await readRecords(client, bar.show)
  const index = await indexRecords(documents, bar.show)
  bar.clear()
  printer.fact('Records', `${documents.length} (${countOf(documents)})`)
  printer.fact('Nodes', `${Object.keys(index.indexStruct.nodesDict).length}`)
  return index
}

function countOf(documents: readonly Document[]): string {
  const counts = new Map<string, number>()
  for (const { metadata } of documents) {
    const clearance = String(metadata['clearance_required'])
    counts.set(clearance, (counts.get(clearance) ?? 0) + 1)
  }
  return [...counts].map(([clearance, count]) => `${count} ${clearance}`).join(', ')
}

function show(printer: Printer, found: Answer | undefined): void {
  if (!found) {
    printer.block('No record that this agent may see answers this question.')
    return
  }
  const { text, isExtract, source } = found
  const { metadata } = source
  printer.block(text)
  if (isExtract) printer.fact('Kind', 'extract: quoted from the record, not written by a model')
  printer.fact(
    'Source',
    `${source.id} "${source.title}" (similarity ${source.similarity.toFixed(2)})`,
  )
  printer.fact(
    'Security',
    `clearance ${metadata['clearance_required']}, seen with ${metadata['required_permission']}`,
  )
  printer.fact('Ingestion', `${metadata['ingestion_auth']}, ${metadata['retrieved_at']}`)
}

/** Fewer permissions: without those for restricted records if they are included, otherwise without the vault's. */
function fewer(permissions: readonly string[]): readonly string[] {
  const removed = permissions.includes('records:restricted') ? 'records:restricted' : 'records:read'
  return permissions.filter((name) => name !== removed)
}

async function askAgain(
  index: VectorStoreIndex,
  permissions: readonly string[],
  questions: readonly string[],
  before: readonly (Answer | undefined)[],
  printer: Printer,
  models: Models,
): Promise<void> {
  printer.title(
    `The same questions, asked by an agent with ${permissions.join(', ') || 'no permission'}`,
  )
  for (const [number, question] of questions.entries()) {
    const found = await answer(index, permissions, question, models)
    const first = before[number]?.source.id
    printer.step(question)
    if (!found) printer.fact('Difference', `no record found; before: ${first ?? 'none'}`)
    else if (found.source.id === first) printer.fact('Same', `${first} "${found.source.title}"`)
    else {
      printer.fact('Difference', `${found.source.id} "${found.source.title}"; before: ${first}`)
      printer.block(found.text)
    }
  }
}
