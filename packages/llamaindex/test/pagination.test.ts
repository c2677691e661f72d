import { rejection } from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import { AuthSecSecureReader, type ReadOptions } from '../src/index.ts'
import { type Api, json, recordsFrom, startApi } from './support/api.ts'

const records = { endpoint: 'records', permission: 'records:read' } as const

/** Two pages; the test gives the headers and further fields of the first one. */
const twoPages = (
  headers: (url: URL) => Record<string, string>,
  fields: object = {},
): Promise<Api> =>
  startApi((url, response, request) => {
    const base = new URL(`http://${request.headers.host}/v1/`)
    if (url.search !== '') json(response, { items: recordsFrom(10, 10) })
    else json(response, { items: recordsFrom(0, 10), ...fields }, headers(base))
  })

async function read(
  api: Api,
  options: Partial<ReadOptions> = {},
  withBase = false,
): Promise<number> {
  const reader = new AuthSecSecureReader({
    client: api.client,
    ...(withBase && { baseUrl: api.baseUrl }),
  })
  return (await reader.loadData({ ...records, ...options })).length
}

describe('the Link header', () => {
  it.each([
    '<?after=10>; rel="next"',
    '<records?after=10>; rel=next',
    '</v1/records?after=10>; rel="next"; title="more, of it"',
    '</v1/records?x>; rel="prev", </v1/records?after=10&tag=a&tag=b>; foo; REL="last Next"',
  ])('is followed: %s', async (link) => {
    await using api = await twoPages(() => ({ link }))
    expect(await read(api)).toBe(20)
    expect(api.asked[1]).toMatch(/^\/v1\/records\?after=10/)
  })

  it('is followed as a whole URL when the reader has a base URL', async () => {
    const link = (base: URL) => ({ link: `<${base}records?after=10>; rel="next"` })
    await using api = await twoPages(link)
    expect(await read(api, {}, true)).toBe(20)
    expect(await rejection(read(api))).toMatchObject({
      code: 'next_page_refused',
      hint: expect.stringContaining('baseUrl'),
    })
  })

  it.each([
    ['another server', () => 'https://evil.test/v1/records?after=1', true],
    ['another server without a scheme', () => '//evil.test/v1/records?after=1', false],
    ['another port', (base: URL) => `http://localhost:1${base.pathname}records?a=1`, true],
    ['a path out of the API', (base: URL) => `${base.origin}/admin?after=1`, true],
    ['dots out of the API', (base: URL) => `${base}../admin?after=1`, true],
    ['hidden dots out of the API', (base: URL) => `${base}%2e%2e/admin?after=1`, true],
    ['another endpoint of an unknown base', () => '/v1/secrets?after=1', false],
    ['another endpoint with the same end', () => '/v1/norecords?after=1', false],
    ['a URL with a user name', (base: URL) => `http://user@${base.host}/v1/records?after=1`, true],
    ['another scheme', () => 'file:///etc/passwd?after=1', false],
  ])('is refused when it leads to %s', async (_what, target, withBase) => {
    await using api = await twoPages((base) => ({ link: `<${target(base)}>; rel="next"` }))
    const error = await rejection(read(api, {}, withBase))
    expect(error).toMatchObject({ code: 'next_page_refused', pages: 0 })
    expect(error.message).not.toMatch(/evil|passwd|admin/)
    expect(api.asked).toHaveLength(1)
  })

  it('is refused when it holds a reserved parameter', async () => {
    await using api = await twoPages(() => ({ link: '<?access_token=x>; rel="next"' }))
    expect(await rejection(read(api))).toMatchObject({ code: 'query_refused', page: 2, pages: 1 })
  })

  it.each([
    { next_cursor: 'abc' },
    { nextPageToken: 'abc' },
    { has_more: true },
    { next: 'https://api.example.com/records?page=2' },
    { nextPageUrl: '/records?page=2' },
    { links: { next: '/records?page=2' } },
    { meta: { has_next_page: true } },
    { total: 11 },
    { meta: { total_count: 11 } },
  ])('is required when the body announces more records: %j', async (fields) => {
    await using api = await twoPages(() => ({}), fields)
    expect(await rejection(read(api))).toMatchObject({ code: 'pagination_unclear' })
    expect(await read(api, { pagination: { by: 'none' } })).toBe(10)
  })

  it('is not required when the body announces no more records', async () => {
    await using api = await twoPages(() => ({}), { next_cursor: null, has_more: false, total: 10 })
    expect(await read(api)).toBe(10)
    await using counted = await twoPages(() => ({ 'x-total-count': '11' }))
    expect(await rejection(read(counted))).toMatchObject({ code: 'pagination_unclear' })
  })
})

describe('a cursor', () => {
  it('is sent back under the name in the options, with the rest of the query', async () => {
    await using api = await startApi((url, response) => {
      const after = Number(url.searchParams.get('after') ?? 0)
      const next = after < 20 ? after + 10 : ''
      json(response, { items: recordsFrom(after, 10), meta: { next } })
    })
    const pagination = {
      by: 'cursor',
      param: 'after',
      next: (body: unknown) => (body as { meta: { next: unknown } }).meta.next,
    } as const
    expect(await read(api, { pagination, query: { size: 10 } })).toBe(30)
    expect(api.asked).toEqual([
      '/v1/records?size=10',
      '/v1/records?size=10&after=10',
      '/v1/records?size=10&after=20',
    ])
  })

  it.each([{ a: 1 }, 'x'.repeat(1025), 'a\u0000b', true])(
    'is refused when it is not a short text or a number: %j',
    async (cursor) => {
      await using api = await twoPages(() => ({}), { next_cursor: cursor })
      expect(await rejection(read(api, { pagination: { by: 'cursor' } }))).toMatchObject({
        code: 'next_page_refused',
      })
    },
  )
})

describe('an endless pagination', () => {
  it('fails when a cursor comes back', async () => {
    let served = 0
    await using api = await startApi((_url, response) => {
      served += 1
      json(response, { items: recordsFrom(served * 10, 10), next_cursor: `c${served % 3}` })
    })
    const error = await rejection(read(api, { pagination: { by: 'cursor' } }))
    expect(error).toMatchObject({ code: 'pagination_loop', page: 5, pages: 4 })
  })

  it('fails when a link leads back to a page', async () => {
    let served = 0
    await using api = await startApi((_url, response) => {
      served += 1
      json(response, recordsFrom(served * 10, 10), { link: '<?page=2>; rel="next"' })
    })
    expect(await rejection(read(api))).toMatchObject({ code: 'pagination_loop', pages: 2 })
    expect(api.asked).toHaveLength(2)
  })

  it('fails when records come back', async () => {
    await using api = await startApi((_url, response) => json(response, recordsFrom(0, 10)))
    const pagination = { by: 'page' } as const
    expect(await rejection(read(api, { pagination }))).toMatchObject({ code: 'record_repeated' })
    const reader = new AuthSecSecureReader({ client: api.client, ...records, pagination })
    const lazily = async (): Promise<void> => {
      for await (const _document of reader.lazyLoad());
    }
    expect(await rejection(lazily())).toMatchObject({ code: 'record_repeated', pages: 1 })
  })

  it('fails at the page limit', async () => {
    let served = 0
    await using api = await startApi((_url, response) => {
      served += 1
      json(response, recordsFrom(served * 10, 10))
    })
    const options = { pagination: { by: 'page', first: 0, param: 'p' }, maxPages: 3 } as const
    expect(await rejection(read(api, options))).toMatchObject({
      code: 'too_many_pages',
      page: 4,
      pages: 3,
    })
    expect(api.asked).toEqual(['/v1/records?p=0', '/v1/records?p=1', '/v1/records?p=2'])
  })
})
