import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  echoBodies,
  findEcho,
  inBase64,
  jsonEscaped,
  readings,
  watch,
} from '@authsec-internal/test-kit'
import { Settings, storageContextFromDefaults, VectorStoreIndex } from 'llamaindex'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AuthSecSecureReader } from '../src/index.ts'
import { json, startApi } from './support/api.ts'
import { ToyEmbedding } from './support/toy-embedding.ts'

beforeAll(() => {
  Settings.embedModel = new ToyEmbedding()
})

let directory = ''
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'authsec-store-'))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

/** Every file of a store, as text. */
async function filesOf(store: string): Promise<string> {
  const names = await readdir(store)
  return (await Promise.all(names.map((name) => readFile(join(store, name), 'utf8')))).join('\n')
}

const formats = ['json', 'ndjson'] as const

describe.each(formats)('a persisted store of documents that were read as %s', (format) => {
  it.each(echoBodies)('holds nothing of a token that the API echoes %s', async (how, write) => {
    let token = ''
    await using api = await startApi((_url, response, request) => {
      token = String(request.headers.authorization).replace('Bearer ', '')
      const record = `{"id":"1","title":"A record","debug":${write(token)}}`
      response.setHeader('etag', `"${token}"`)
      if (format === 'json') return json(response, `[${record}]`)
      response.writeHead(200, { 'content-type': 'application/x-ndjson' }).end(`${record}\n`)
    })
    const reader = new AuthSecSecureReader({
      client: api.client,
      baseUrl: api.baseUrl,
      endpoint: 'records',
      permission: 'records:read',
      format,
    })
    const documents = await reader.loadData()
    const store = join(directory, `${format}-${how.replaceAll(' ', '-')}`)
    const storageContext = await storageContextFromDefaults({ persistDir: store })
    await VectorStoreIndex.fromDocuments(documents, { storageContext })
    const persisted = await filesOf(store)
    watch('a persisted store', persisted)
    expect(persisted).toContain('A record')
    expect(findEcho(persisted, token)).toBeUndefined()
  })

  it.each([
    ['as it is', (id: string) => id],
    ['without hyphens', (id: string) => id.replaceAll('-', '')],
    ['in JSON escapes', jsonEscaped],
    ['in base64', inBase64],
  ])('holds no client ID that the API echoes %s', async (how, write) => {
    await using api = await startApi((_url, response) => {
      const id = write(api.emulator.clientId)
      const record = `{"id":"1","title":"A record","debug":"${id}"}`
      if (format === 'json') return json(response, `[${record}]`)
      response.writeHead(200, { 'content-type': 'application/x-ndjson' }).end(`${record}\n`)
    })
    const reader = new AuthSecSecureReader({
      client: api.client,
      baseUrl: api.baseUrl,
      endpoint: 'records',
      permission: 'records:read',
      format,
    })
    const store = join(directory, `${format}-id-${how.replaceAll(' ', '-')}`)
    const storageContext = await storageContextFromDefaults({ persistDir: store })
    await VectorStoreIndex.fromDocuments(await reader.loadData(), { storageContext })
    const id = api.emulator.clientId
    for (const reading of readings(await filesOf(store))) {
      expect(reading.toLowerCase().replaceAll('-', '')).not.toContain(id.replaceAll('-', ''))
    }
  })
})
