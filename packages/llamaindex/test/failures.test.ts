import type { ServerResponse } from 'node:http'
import { rejection } from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import { AuthSecSecureReader, ReadError, type ReadOptions } from '../src/index.ts'
import { type Answer, json, numbered, recordsFrom, startApi } from './support/api.ts'

const records = { endpoint: 'records', permission: 'records:read' } as const

/** Three pages of ten records; the test answers page 2. */
const withSecondPage =
  (second: (response: ServerResponse) => void): Answer =>
  (url, response, request) => {
    if (url.searchParams.get('page') === '2') second(response)
    else numbered(30, 10)(url, response, request)
  }

const bad: [string, (response: ServerResponse) => void, string][] = [
  ['malformed JSON', (response) => json(response, '{"items":[{"id":"x"}'), 'invalid_response'],
  [
    'an HTML page',
    (response) => {
      response.setHeader('content-type', 'text/html')
      response.end('<html>Sign in</html>')
    },
    'unexpected_content_type',
  ],
  [
    'a body that breaks off in the middle',
    (response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '5000' })
      response.write('{"items":[{"id":"x"},')
      setImmediate(() => response.destroy())
    },
    'network_error',
  ],
  [
    'a body of 200 MB',
    (response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      const piece = `${' '.repeat(1_000_000)}`
      let left = 200
      const pour = (): void => {
        while (left-- > 0 && response.write(piece));
        if (left <= 0) response.end('[]')
      }
      response.on('drain', pour)
      pour()
    },
    'response_too_large',
  ],
  ['an empty answer', (response) => void response.writeHead(204).end(), 'records_not_found'],
  ['HTTP 500', (response) => json(response, { error: 'x' }, {}, 500), 'http_error'],
  ['HTTP 403', (response) => json(response, { error: 'x' }, {}, 403), 'http_error'],
  ['no list', (response) => json(response, { error: 'quota' }), 'records_not_found'],
  ['two lists', (response) => json(response, { items: [], old: [] }), 'records_not_found'],
  ['a record that is not an object', (response) => json(response, [[1]]), 'record_unusable'],
  ['a record with an empty id', (response) => json(response, [{ id: '' }]), 'record_without_id'],
  [
    'a record without id',
    (response) => json(response, [{ id: 'a' }, { name: 'b' }]),
    'record_without_id',
  ],
  [
    'a record whose id is an object',
    (response) => json(response, [{ id: {} }]),
    'record_without_id',
  ],
  ['one id twice', (response) => json(response, [{ id: 'a' }, { id: 'a' }]), 'record_repeated'],
  ['an id of an earlier page', (response) => json(response, recordsFrom(3, 1)), 'record_repeated'],
]

describe('a page that cannot be used', () => {
  it.each(bad)('fails the whole read: %s', async (_what, second, code) => {
    await using api = await startApi(withSecondPage(second))
    const reader = new AuthSecSecureReader({ client: api.client, ...records })
    const error = await rejection(reader.loadData({ pagination: { by: 'page' } }))
    expect(ReadError.isInstance(error)).toBe(true)
    expect(error).toMatchObject({ code, page: 2, pages: 1, records: 10 })
    expect(error.message).toMatch(
      /^Page 2 of records could not be read: .*1 page with 10 records\.$/,
    )
    expect(JSON.stringify(error)).toMatch(/"page":2,"pages":1,"records":10/)
  })

  it('fails with an error that states that nothing was read before', async () => {
    await using api = await startApi((_url, response) => json(response, '{'))
    const reader = new AuthSecSecureReader({ client: api.client, ...records })
    const error = await rejection(reader.loadData())
    expect(error).toMatchObject({ page: 1, pages: 0, records: 0 })
    expect(error.message).toMatch(/Read before it: nothing\.$/)
  })

  it('fails with the error of the token engine when there is no delegation', async () => {
    await using api = await startApi(numbered(10, 10), {})
    api.emulator.control.revoke()
    const reader = new AuthSecSecureReader({ client: api.client, ...records })
    const error = await rejection(reader.loadData())
    expect(error).toMatchObject({ code: 'no_active_delegation', pages: 0 })
    const denied = await rejection(reader.loadData({ permission: 'records:admin' }))
    expect(denied).toMatchObject({ page: 1 })
  })

  it('fails the read when the delegation is revoked between pages', async () => {
    await using api = await startApi((url, response, request) => {
      if (url.searchParams.get('page') === '3') json(response, {}, {}, 401)
      else numbered(50, 10)(url, response, request)
    }, {})
    const reader = new AuthSecSecureReader({ client: api.client, ...records })
    const reading = reader.loadData({
      pagination: { by: 'page' },
      onProgress: ({ pages }) => pages === 1 && api.emulator.control.revoke(),
    })
    expect(await rejection(reading)).toMatchObject({
      code: 'no_active_delegation',
      pages: 2,
      records: 20,
    })
  })
})

describe('a read with onPageError', () => {
  const read = async (
    options: Partial<ReadOptions>,
    second = (response: ServerResponse) => json(response, '{'),
  ): Promise<{ ids: string[]; complete: unknown[] }> => {
    await using api = await startApi(withSecondPage(second))
    const reader = new AuthSecSecureReader({ client: api.client, ...records })
    const documents = await reader.loadData({ pagination: { by: 'page' }, ...options })
    return {
      ids: documents.map(({ id_ }) => id_.replace('records#', '')),
      complete: [...new Set(documents.map(({ metadata }) => metadata.ingestion_complete))],
    }
  }

  it('returns the earlier pages for stop, marked as incomplete', async () => {
    const { ids, complete } = await read({ onPageError: () => 'stop' })
    expect(ids).toHaveLength(10)
    expect(complete).toEqual([false])
  })

  it('returns the other pages for skip, marked as incomplete', async () => {
    const seen: unknown[] = []
    const { ids, complete } = await read({
      onPageError(error, page) {
        seen.push([error.code, page])
        return 'skip'
      },
    })
    expect(ids).toHaveLength(20)
    expect(ids.at(-1)).toBe('r29')
    expect(complete).toEqual([false])
    expect(seen).toEqual([['invalid_response', 2]])
  })

  it('leaves out the whole page of an unusable record for skip', async () => {
    const { ids } = await read({ onPageError: () => 'skip' }, (response) =>
      json(response, [{ id: 'good' }, {}]),
    )
    expect(ids).not.toContain('good')
    expect(ids).toHaveLength(20)
  })

  it('fails for throw', async () => {
    const error = await rejection(read({ onPageError: async () => 'throw' as const }))
    expect(error).toMatchObject({ code: 'invalid_response', page: 2 })
  })

  it('returns documents marked as complete when no page failed', async () => {
    const { complete } = await read({ onPageError: () => 'skip' }, (response) =>
      json(response, recordsFrom(10, 10)),
    )
    expect(complete).toEqual([true])
  })

  it('stops after five failed pages in a row, although it returns skip', async () => {
    await using api = await startApi((_url, response) => json(response, {}, {}, 503))
    const reader = new AuthSecSecureReader({ client: api.client, ...records })
    const options: Partial<ReadOptions> = {
      pagination: { by: 'page' },
      onPageError: () => 'skip',
    }
    expect(await reader.loadData(options)).toEqual([])
    // The client sends each of them three times.
    expect(new Set(api.asked).size).toBe(5)
    expect(api.asked).toHaveLength(15)
  })
})

describe('the reason of an API', () => {
  it('is in the error of a read, apart from its message', async () => {
    await using api = await startApi((_url, response) => {
      json(response, { message: 'since is\nin the future' }, {}, 422)
    })
    const reader = new AuthSecSecureReader({ client: api.client, baseUrl: api.baseUrl, ...records })
    const error = await rejection(reader.loadData())
    expect(error).toMatchObject({
      code: 'http_error',
      status: 422,
      detail: 'since is in the future',
    })
    expect(error.message).not.toContain('future')
  })
})
