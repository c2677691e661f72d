import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createAuthSecClientFromEnv } from '@authsec/core'
import {
  createFakeClock,
  rejection,
  settle,
  testClient,
  testEmulator,
  watch,
} from '@authsec-internal/test-kit'
import { MetadataMode } from '@llamaindex/core/schema'
import { describe, expect, it } from 'vitest'
import {
  AuthSecSecureReader,
  NO_PERMISSION_NEEDED,
  type ReadProgress,
  SECURITY_METADATA_KEYS,
} from '../src/index.ts'
import { json, numbered, recordsFrom, startApi } from './support/api.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const records = { endpoint: 'records', permission: 'records:read' } as const

describe('documents of the vault', () => {
  it('have a stable id, readable text and flat metadata that stays out of embeddings and prompts', async () => {
    await using emulator = await testEmulator({ ttlSeconds: 600 })
    const clock = createFakeClock(Date.UTC(2026, 10, 23, 12))
    const reader = new AuthSecSecureReader({ client: testClient(emulator), clock })
    const documents = await reader.loadData({
      ...records,
      text: ['title', 'summary'],
      metadata: ['title', 'severity', 'nothing'],
      recordPermission: ({ clearance }) =>
        clearance === 'confidential' ? 'records:confidential' : undefined,
    })
    watch('documents', documents)
    expect(documents[0]).toMatchObject({
      id_: 'records#rec-0001',
      text: expect.stringMatching(/^Password spraying.*\nFailed logins/),
      metadata: {
        title: 'Password spraying against the VPN gateway',
        severity: 'high',
        source_endpoint: 'records',
        ingestion_auth: 'authsec:live',
        clearance_required: 'confidential',
        retrieved_at: '2026-11-23T12:00:00.000Z',
        endpoint_permission: 'records:read',
        required_permission: 'records:confidential',
        ingestion_complete: true,
      },
    })
    expect(documents[2]?.metadata.required_permission).toBe('records:read')
    for (const mode of [MetadataMode.EMBED, MetadataMode.LLM]) {
      const content = documents[0]?.getContent(mode) ?? ''
      expect(content).toContain('severity: high')
      for (const key of SECURITY_METADATA_KEYS) expect(content).not.toContain(key)
    }
  })

  it('are complete when read in pages, by link and by cursor', async () => {
    await using emulator = await testEmulator({
      permissions: ['records:read', 'records:restricted'],
    })
    const reader = new AuthSecSecureReader({ client: testClient(emulator), ...records })
    const whole = (await reader.loadData()).map(({ id_ }) => id_)
    expect(whole.length).toBeGreaterThanOrEqual(60)
    const paged = { query: { limit: 10 } }
    const byLink = await reader.loadData(paged)
    const byCursor = await reader.loadData({ ...paged, pagination: { by: 'cursor' } })
    expect(byLink.map(({ id_ }) => id_)).toEqual(whole)
    expect(byCursor.map(({ id_ }) => id_)).toEqual(whole)
    const pages = emulator.requests.filter(({ path }) => path === '/secure-vault/records')
    expect(pages).toHaveLength(1 + 2 * Math.ceil(whole.length / 10))
  })

  it('are marked as mock in mock mode', async () => {
    const client = createAuthSecClientFromEnv(
      { AUTHSEC_MODE: 'mock' },
      { onEvent: () => undefined },
    )
    const reader = new AuthSecSecureReader({ client })
    const [document] = await reader.loadData({ endpoint: '/records', permission: 'records:read' })
    expect(document?.metadata).toMatchObject({
      ingestion_auth: 'mock',
      source_endpoint: 'records',
    })
  })
})

describe('the document of a record', () => {
  const one = async (
    body: unknown,
    options: Parameters<AuthSecSecureReader['loadData']>[0] = {},
  ): Promise<{ id_: string; text: string; metadata: Record<string, unknown> }> => {
    await using api = await startApi((_url, response) => json(response, body))
    const reader = new AuthSecSecureReader({ client: api.client })
    const documents = await reader.loadData({ ...records, ...options })
    expect(documents).toHaveLength(1)
    return documents[0] as never
  }

  it('keeps numbers beyond 2^53 exact in text and id', async () => {
    const { id_, text } = await one('[{"id":12345678901234567890,"sum":9007199254740993}]')
    expect(id_).toBe('records#12345678901234567890')
    expect(text).toContain('sum: 9007199254740993')
  })

  it('shows every field as a line by default, objects as JSON', async () => {
    const { text } = await one({ data: [{ id: 1, name: 'x', none: null, deep: { a: [1] } }] })
    expect(text).toBe('id: 1\nname: x\ndeep: {"a":[1]}')
  })

  it.each<[string, object, readonly string[] | undefined, string]>([
    ['a blank field before another', { a: ' ', b: 'x ' }, ['a', 'b'], ' \nx '],
    ['a field that is not there', { a: 'x', b: null }, ['c', 'b', 'a'], 'x'],
    ['a number and an object', { a: 0, b: [{}] }, ['b', 'a'], '[{}]\n0'],
    ['a blank field by default', { a: '\t' }, undefined, 'id: 1\na: \t'],
  ])('joins the lines of a record with %s', async (_what, fields, text, expected) => {
    const document = await one([{ id: 1, ...fields }], text ? { text } : {})
    expect(document.text).toBe(expected)
  })

  it.each([[{ a: ' ', b: '\n' }], [{ a: '', b: null }], [{ c: 'x' }], [{ a: '\u00a0' }]])(
    'refuses a record whose fields hold no text: %j',
    async (fields) => {
      expect(await rejection(one([{ id: 1, ...fields }], { text: ['a', 'b'] }))).toMatchObject({
        code: 'record_unusable',
      })
    },
  )

  it('takes records, id and text from the places in the options', async () => {
    const document = await one(
      { a: [], b: { list: [{ key: 'k', body: 'words' }] } },
      {
        records: (body) => (body as { b: { list: object[] } }).b.list,
        id: ({ key }, index) => `${String(key)}-${index}`,
        text: ({ body }) => String(body).toUpperCase(),
        clearance: () => 'secret',
      },
    )
    expect(document).toMatchObject({ id_: 'records#k-0', text: 'WORDS' })
    expect(document.metadata['clearance_required']).toBe('secret')
  })

  it('takes no prototype and no security metadata from a record', async () => {
    const body = '[{"id":"1","__proto__":{"polluted":1},"required_permission":"authsec:none"}]'
    const { metadata } = await one(body, { metadata: ['__proto__', 'required_permission'] })
    expect(metadata['required_permission']).toBe('records:read')
    expect(Reflect.get({}, 'polluted')).toBeUndefined()
  })

  it('holds no token when the API echoes it', async () => {
    await using api = await startApi((_url, response, { headers }) => {
      json(response, [{ id: '1', echo: headers.authorization }])
    })
    const reader = new AuthSecSecureReader({ client: api.client })
    const documents = await reader.loadData(records)
    watch('documents', documents)
    expect(documents[0]?.text).toContain('[REDACTED]')
  })
})

describe('reading page by page', () => {
  it('yields the first document while the second page is pending, and requests no third page', async () => {
    const held: (() => void)[] = []
    await using api = await startApi((url, response, request) => {
      const send = (): void => numbered(50, 10)(url, response, request)
      if (url.searchParams.get('page') === '1') send()
      else held.push(send)
    })
    const seen: ReadProgress[] = []
    const reader = new AuthSecSecureReader({ client: api.client, ...records })
    const documents = reader.lazyLoad({
      pagination: { by: 'page' },
      onProgress: (progress) => seen.push(progress),
    })
    const first = await documents.next()
    expect(first.value).toMatchObject({ id_: 'records#r0' })
    expect(seen).toEqual([{ pages: 1, records: 10 }])
    for (let record = 1; record < 10; record++) await documents.next()
    await expect.poll(() => api.asked).toEqual(['/v1/records?page=1', '/v1/records?page=2'])
    held.shift()?.()
    expect((await documents.next()).value).toMatchObject({ id_: 'records#r10' })
    await expect.poll(() => api.asked.length).toBe(3)
    await documents.return({ pages: 0, records: 0, complete: false })
  })

  it.each(['link', 'cursor', 'page'] as const)(
    'requests each next page by %s before it makes the documents of the present one',
    async (by) => {
      const order: string[] = []
      await using api = await startApi((url, response) => {
        const page = Number(url.searchParams.get('page') ?? 1)
        const next = page < 3 ? page + 1 : undefined
        const link = next && `<${url.pathname}?page=${next}>; rel="next"`
        const body = { items: recordsFrom(page * 2, page > 3 ? 0 : 2), next_cursor: next }
        json(response, body, link ? { link } : {})
      })
      const onSent = (message: unknown): void => {
        const { path } = (message as { request: { path: string } }).request
        if (path.startsWith('/v1/')) order.push(`page ${path.split('=')[1] ?? 1}`)
      }
      subscribe('undici:client:sendHeaders', onSent)
      await new AuthSecSecureReader({ client: api.client, ...records }).loadData({
        pagination: by === 'cursor' ? { by, param: 'page' } : { by },
        text(record) {
          order.push(String(record['id']))
          return 'text'
        },
      })
      unsubscribe('undici:client:sendHeaders', onSent)
      const end = by === 'page' ? ['page 4'] : []
      expect(order).toEqual([
        'page 1',
        'page 2',
        'r2',
        'r3',
        'page 3',
        'r4',
        'r5',
        ...end,
        'r6',
        'r7',
      ])
    },
  )

  it('holds at most two of 200 pages, and returns how it ended', async () => {
    await using api = await startApi(numbered(20_000, 100))
    const reader = new AuthSecSecureReader({ client: api.client, ...records })
    const documents = reader.lazyLoad({ pagination: { by: 'page' } })
    const handedOver: WeakRef<object>[] = []
    const alive = async (): Promise<number> => {
      await settle()
      collectGarbage()
      return handedOver.filter((reference) => reference.deref() !== undefined).length
    }
    let next = await documents.next()
    for (; !next.done; next = await documents.next()) {
      handedOver.push(new WeakRef(next.value))
      // Two pages, and the document that this test holds.
      if (handedOver.length % 5_000 === 0) expect(await alive()).toBeLessThanOrEqual(201)
    }
    expect(next.value).toEqual({ pages: 200, records: 20_000, complete: true })
  })

  it('aborts the pending page when the consumer stops', async () => {
    let isClosed = false
    await using api = await startApi((url, response, request) => {
      if (url.searchParams.get('page') === '1') return numbered(100, 10)(url, response, request)
      response.on('close', () => {
        isClosed = true
      })
    })
    const reader = new AuthSecSecureReader({ client: api.client, ...records })
    for await (const _document of reader.lazyLoad({ pagination: { by: 'page' } })) {
      await expect.poll(() => api.asked.length).toBe(2)
      break
    }
    await expect.poll(() => isClosed).toBe(true)
  })

  it('ends with the reason of its signal, before the first request and between pages', async () => {
    await using api = await startApi(numbered(100, 10))
    const reader = new AuthSecSecureReader({ client: api.client, ...records })
    const reason = new Error('stopped')
    const aborted = AbortSignal.abort(reason)
    expect(await rejection(reader.loadData({ signal: aborted }))).toBe(reason)
    expect(api.asked).toEqual([])
    const abort = new AbortController()
    const reading = reader.loadData({
      pagination: { by: 'page' },
      signal: abort.signal,
      onProgress: ({ pages }) => pages === 3 && abort.abort(reason),
      onPageError: () => 'skip',
    })
    expect(await rejection(reading)).toBe(reason)
  })

  it('continues with a new token when the delegation expires between pages', async () => {
    await using emulator = await testEmulator()
    const reader = new AuthSecSecureReader({ client: testClient(emulator), ...records })
    const documents = await reader.loadData({
      query: { limit: 10 },
      onProgress({ pages }) {
        if (pages !== 2) return
        emulator.control.expire()
        emulator.control.delegate()
      },
    })
    expect(documents.length).toBeGreaterThan(40)
    expect(new Set(emulator.control.issuedTokens).size).toBe(2)
  })
})

describe('an option of the reader', () => {
  it('applies to a read whose own option is undefined', async () => {
    await using api = await startApi((_url, response) => json(response, recordsFrom(0, 1)))
    const recordPermission = (): string => 'records:restricted'
    const reader = new AuthSecSecureReader({ client: api.client, ...records, recordPermission })
    const [document] = await reader.loadData({ recordPermission: undefined })
    expect(document?.metadata.required_permission).toBe('records:restricted')
  })
})

describe('an endpoint that takes no permission', () => {
  it('is read without one when the options contain NO_PERMISSION_NEEDED', async () => {
    await using api = await startApi((_url, response) => json(response, recordsFrom(0, 1)), {
      permissions: [],
    })
    const reader = new AuthSecSecureReader({ client: api.client })
    const [document] = await reader.loadData({ ...records, permission: NO_PERMISSION_NEEDED })
    expect(document?.metadata.required_permission).toBe(NO_PERMISSION_NEEDED)
  })
})
