import {
  anotherProcess,
  rejection,
  testClient,
  testEmulator,
  thrown,
} from '@authsec-internal/test-kit'
import { MockLLM } from '@llamaindex/core/llms/mock'
import type { NodeWithScore } from '@llamaindex/core/schema'
import { Document } from '@llamaindex/core/schema'
import {
  SentenceSplitter,
  Settings,
  storageContextFromDefaults,
  VectorStoreIndex,
} from 'llamaindex'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  AuthSecSecureReader,
  maySee,
  NO_PERMISSION_NEEDED,
  permissionFilters,
  permittedRetriever,
} from '../src/index.ts'
import { ToyEmbedding } from './support/toy-embedding.ts'

beforeAll(() => {
  Settings.embedModel = new ToyEmbedding()
  Settings.llm = new MockLLM()
  Settings.nodeParser = new SentenceSplitter({ chunkSize: 200, chunkOverlap: 0 })
})

const recordPermission = ({ clearance }: { clearance?: unknown }): string =>
  clearance === 'restricted' ? 'records:restricted' : 'records:read'

async function readVault(): Promise<Document[]> {
  await using emulator = await testEmulator({ permissions: ['records:read', 'records:restricted'] })
  const reader = new AuthSecSecureReader({ client: testClient(emulator) })
  return await reader.loadData({
    endpoint: 'records',
    permission: 'records:read',
    text: ['title', 'summary'],
    recordPermission,
  })
}

const sourceOf = ({ node }: NodeWithScore): string => node.sourceNode?.nodeId ?? ''
const INSIDER = 'An engineer in notice copied design documents to a private account'

describe('permission filters', () => {
  it('require both permissions of a document, and are never empty', () => {
    const held = [NO_PERMISSION_NEEDED, 'records:read']
    expect(permissionFilters(['records:read'])).toEqual({
      condition: 'and',
      filters: [
        { key: 'endpoint_permission', operator: 'in', value: held },
        { key: 'required_permission', operator: 'in', value: held },
      ],
    })
    for (const { value } of permissionFilters([]).filters) expect(value).toHaveLength(1)
  })

  it.each([undefined, null, 'records:read', {}, [undefined], [''], [['records:read']]])(
    'cannot be created from %j',
    (permissions) => {
      const error = thrown(() => permissionFilters(permissions as never))
      expect(error).toMatchObject({ name: 'ConfigError' })
    },
  )

  it('take the permissions of a client from its current token', async () => {
    await using emulator = await testEmulator({ permissions: ['a:read'] })
    const filters = await permissionFilters(testClient(emulator))
    expect(filters.filters[0]?.value).toEqual([NO_PERMISSION_NEEDED, 'a:read'])
    emulator.control.revoke()
    const error = await rejection(permissionFilters(testClient(emulator, anotherProcess())))
    expect(error).toMatchObject({ code: 'no_active_delegation' })
  })

  it('let nobody see a document without permission metadata', () => {
    const both = { endpoint_permission: 'a', required_permission: 'b' }
    expect(maySee(['a', 'b'], both)).toBe(true)
    expect(maySee(['b'], both)).toBe(false)
    expect(maySee(['a', 'b'], { required_permission: 'b' })).toBe(false)
    expect(maySee(['undefined'], {})).toBe(false)
    const open = {
      endpoint_permission: NO_PERMISSION_NEEDED,
      required_permission: NO_PERMISSION_NEEDED,
    }
    expect(maySee([], open)).toBe(true)
  })
})

describe('a permitted retriever of a VectorStoreIndex', () => {
  it('never finds what the asker may not see, not even the best match, and still finds k nodes', async () => {
    const index = await VectorStoreIndex.fromDocuments(await readVault())
    const all = permittedRetriever(index, ['records:read', 'records:restricted'])
    const best = await all.retrieve(INSIDER)
    expect(sourceOf(best[0] as NodeWithScore)).toBe('records#rec-0006')
    const some = await permittedRetriever(index, ['records:read']).retrieve(INSIDER)
    expect(some).toHaveLength(5)
    for (const { node } of some) {
      expect(node.metadata['clearance_required']).not.toBe('restricted')
    }
    for (const permissions of [[], ['records:restricted'], ['metrics:read']]) {
      expect(await permittedRetriever(index, permissions).retrieve(INSIDER)).toEqual([])
    }
  })

  it('looks the permissions of a client up at each question, and fits a query engine', async () => {
    await using emulator = await testEmulator({ permissions: ['records:read'] })
    const client = testClient(emulator)
    const index = await VectorStoreIndex.fromDocuments(await readVault())
    const retriever = permittedRetriever(index, client, { similarityTopK: 1 })
    const engine = index.asQueryEngine({ retriever })
    expect(sourceOf((await engine.retrieve(INSIDER))[0] as NodeWithScore)).not.toContain('rec-0006')
    emulator.control.delegate({ permissions: ['records:read', 'records:restricted'] })
    await client.getDelegationToken({ forceRefresh: true })
    expect(sourceOf((await engine.retrieve(INSIDER))[0] as NodeWithScore)).toContain('rec-0006')
  })

  it('finds nothing when its replaced method is called', async () => {
    const index = await VectorStoreIndex.fromDocuments(await readVault())
    const retriever = permittedRetriever(index, ['records:read'])
    expect(
      await Object.getPrototypeOf(retriever)._retrieve.call(retriever, { query: INSIDER }),
    ).toEqual([])
  })

  it('leaves out nodes below the similarity cutoff', async () => {
    const index = await VectorStoreIndex.fromDocuments(await readVault())
    const options = { similarityCutoff: 0.99 }
    expect(await permittedRetriever(index, ['records:read'], options).retrieve(INSIDER)).toEqual([])
  })

  it('finds the same number of nodes after the same records were indexed again', async () => {
    const storageContext = await storageContextFromDefaults({})
    const count = async (): Promise<[embeddings: number, documents: number]> => {
      await VectorStoreIndex.fromDocuments(await readVault(), { storageContext })
      const store = storageContext.vectorStores['TEXT']
      const { data } = store as never as { data: { embeddingDict: object } }
      const documents = await storageContext.docStore.docs()
      return [Object.keys(data.embeddingDict).length, Object.keys(documents).length]
    }
    const first = await count()
    expect(first[0]).toBeGreaterThanOrEqual(60)
    expect(await count()).toEqual(first)
    expect(await count()).toEqual(first)
  })
})

describe('a store that ignores filters', () => {
  const nodes = Array.from({ length: 100 }, (_, place) => {
    const isOpen = place % 20 === 19
    const permission = isOpen ? 'records:read' : 'records:restricted'
    const metadata = { endpoint_permission: 'records:read', required_permission: permission }
    return { node: new Document({ id_: `n${place}`, text: 'x', metadata }), score: 1 - place / 100 }
  })
  const asked: number[] = []
  const index = {
    asRetriever: ({ similarityTopK }: { similarityTopK: number }) => ({
      async _retrieve() {
        asked.push(similarityTopK)
        return nodes.slice(0, similarityTopK)
      },
    }),
  }

  it('is asked for more nodes until k of them may be seen', async () => {
    const found = await permittedRetriever(index, ['records:read'], {
      similarityTopK: 3,
    })._retrieve()
    expect(found.map(({ node }) => node.id_)).toEqual(['n19', 'n39', 'n59'])
    expect(asked).toEqual([3, 6, 12, 24, 48, 96])
  })

  it('is asked for a bounded number of nodes', async () => {
    const found = await permittedRetriever(index, ['records:read'])._retrieve()
    expect(found).toHaveLength(5)
    expect(await permittedRetriever(index, [])._retrieve()).toEqual([])
  })
})
