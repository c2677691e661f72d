import { gunzipSync, gzipSync } from 'node:zlib'
import type { Emulator } from '@authsec/emulator'
import {
  findEcho,
  type RecordedRequest,
  rejection,
  startRecordingApi,
  testClient,
  testEmulator,
  thrown,
  watch,
} from '@authsec-internal/test-kit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { newCallId, outcomeText, type ToolContext } from '../src/adapter.ts'
import { nextLinkIn } from '../src/answers/link-header.ts'
import type { AuthSecClientOptions } from '../src/config/client-options.ts'
import { ConfigError } from '../src/errors.ts'
import type { AuthSecEvent } from '../src/events.ts'
import { type Options, reader } from './support/answer-bench.ts'

let emulator: Emulator
beforeAll(async () => {
  emulator = await testEmulator()
})
afterAll(() => emulator.close())

/** What the API answers to a request: the body, a `Link`, and a status. */
interface Page {
  readonly body: unknown
  readonly link?: string | undefined
  readonly status?: number
  readonly type?: string
}

type Pages = (query: URLSearchParams, count: number, request: RecordedRequest) => Page

async function readAll(
  pages: Pages,
  options: Options,
  {
    input = {},
    base = '',
    client: clientOptions = {},
    context = {},
  }: {
    input?: object
    base?: string
    client?: Partial<AuthSecClientOptions>
    context?: ToolContext
  } = {},
) {
  let count = 0
  await using api = await startRecordingApi((response, request) => {
    const url = new URL(request.url, 'http://x')
    const {
      body,
      link,
      status = 200,
      type = 'application/json',
    } = pages(url.searchParams, ++count, request)
    response.writeHead(status, {
      'content-type': type,
      ...(link !== undefined && {
        link: link.replaceAll('ORIGIN', api.baseUrl).replaceAll('HOST', new URL(api.baseUrl).host),
      }),
    })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  })
  const events: AuthSecEvent[] = []
  await using client = testClient(emulator, {
    resources: [{ name: 'api', baseUrl: api.baseUrl + base }],
    ...clientOptions,
    onEvent: (event) => void events.push(event),
  })
  const tool = reader(client, options)
  const outcome = await tool.execute(input, context)
  watch('an outcome', outcome)
  tool.outputSchema.parse(outcome)
  expect(outcomeText(outcome)).not.toContain(api.baseUrl)
  return { outcome, events, requests: api.requests, urls: api.requests.map(({ url }) => url) }
}

const link = { next: 'link' } as const
const cursor = { next: { cursor: 'meta.next', parameter: 'cursor' }, items: 'data' }
/** As many pages of two items, by `?page=`. */
const linked =
  (total: number, target = 'ORIGIN/x'): Pages =>
  (query) => {
    const page = Number(query.get('page') ?? 1)
    const next = page < total ? `<${target}?page=${page + 1}>; rel="next"` : undefined
    return { body: [{ id: page * 10 }, { id: page * 10 + 1 }], link: next }
  }

describe('an operation with pages', () => {
  it('reads them one after another, and gives one list', async () => {
    const { outcome, urls, events } = await readAll(linked(3), { pagination: link })
    expect(outcome).toEqual({
      ok: true,
      status: 200,
      data: [10, 11, 20, 21, 30, 31].map((id) => ({ id })),
      truncated: false,
      pages: { read: 3 },
      untrusted: true,
    })
    expect(urls).toEqual(['/x', '/x?page=2', '/x?page=3'])
    const completed = events.filter(({ type }) => type === 'request.completed')
    expect(completed).toHaveLength(3)
    expect(new Set(completed.map((event) => Object(event).callId)).size).toBe(3)
  })

  it('has calls with an ID each, of one call of the tool', async () => {
    const context = { callId: newCallId(), toolCallId: 'call_1', user: 'ann' }
    const { events } = await readAll(linked(3), { pagination: link }, { context })
    const facts = events
      .filter(({ type }) => type === 'request.completed')
      .map((event): { callId?: string; toolCallId?: string; user?: string } => Object(event))
    expect(facts[0]?.callId).toBe(context.callId)
    expect(new Set(facts.map(({ callId }) => callId)).size).toBe(3)
    expect(facts.map(({ toolCallId, user }) => [toolCallId, user])).toEqual(
      Array.from({ length: 3 }, () => ['call_1', 'ann']),
    )
  })

  it('follows a cursor in the answer, and keeps the query of the model', async () => {
    const pages: Pages = (query) => {
      const at = Number(query.get('cursor') ?? 0)
      return {
        body: { data: [at], meta: { next: at < 2 ? at + 1 : null }, self: 'https://evil.example' },
      }
    }
    const { outcome, urls } = await readAll(
      pages,
      { pagination: cursor, params: z.object({ status: z.string() }) },
      { input: { status: 'open' } },
    )
    expect(outcome).toMatchObject({ ok: true, data: [0, 1, 2], pages: { read: 3 } })
    expect(urls).toEqual(['/x?status=open', '/x?status=open&cursor=1', '/x?status=open&cursor=2'])
  })

  it.each<[string, unknown]>([
    ['null', null],
    ['missing', undefined],
    ['empty', ''],
    ['false', false],
  ])('ends where the cursor is %s', async (_what, next) => {
    const { outcome } = await readAll(() => ({ body: { data: [1], meta: { next } } }), {
      pagination: cursor,
    })
    expect(outcome).toMatchObject({ ok: true, data: [1], truncated: false, pages: { read: 1 } })
    expect(outcome).not.toHaveProperty('hasMore')
  })

  it.each<[string, string]>([
    ['relative', '?page=2'],
    ['a path', '/x?page=2'],
    ['with repeated names', '?page=2&tag=a&tag=b'],
  ])('resolves a link that is %s', async (_what, target) => {
    const pages: Pages = (_query, count) => ({
      body: [count],
      link: count === 1 ? `<${target}>; rel=next` : undefined,
    })
    const { outcome, urls } = await readAll(pages, { pagination: link })
    expect(outcome).toMatchObject({ ok: true, data: [1, 2] })
    expect(urls[1]).toBe(new URL(target, 'http://h/x').href.slice('http://h'.length))
  })

  it('takes the records of CSV from all pages', async () => {
    const pages: Pages = (query) => ({
      ...linked(2)(query, 0, {} as RecordedRequest),
      body: `id\n${query.get('page') ?? 1}`,
      type: 'text/csv',
    })
    const { outcome } = await readAll(pages, { pagination: link, answer: 'csv' })
    expect(outcome).toMatchObject({ ok: true, data: [{ id: '1' }, { id: '2' }] })
  })

  it('counts the keys that were left out of all pages', async () => {
    const pages: Pages = (query) => ({
      ...linked(3)(query, 0, {} as RecordedRequest),
      body: '[{"__proto__":{"polluted":1},"a":1}]',
    })
    const { outcome } = await readAll(pages, { pagination: link })
    expect(outcome).toMatchObject({
      ok: true,
      data: [{ a: 1 }, { a: 1 }, { a: 1 }],
      droppedKeys: 3,
    })
  })

  it('selects from each page, and transforms the list of all', async () => {
    const { outcome } = await readAll(linked(2), {
      pagination: link,
      select: ['[].id'],
      transform: (items: { id: number }[]) => items.map(({ id }) => id),
    })
    expect(outcome).toMatchObject({ ok: true, data: [10, 11, 20, 21] })
  })

  it.each<[string, Options, number, string]>([
    ['maxPages', { pagination: { ...link, maxPages: 2 } }, 4, 'max_pages'],
    ['five pages unless told otherwise', { pagination: link }, 10, 'max_pages'],
    ['maxItems within a page', { pagination: { ...link, maxItems: 3 } }, 3, 'max_items'],
    ['maxItems at the end of a page', { pagination: { ...link, maxItems: 2 } }, 2, 'max_items'],
  ])('ends at %s, and says that there is more', async (_what, options, count, stopped) => {
    const { outcome, requests } = await readAll(linked(50), options)
    expect(outcome).toMatchObject({
      ok: true,
      truncated: true,
      hasMore: true,
      pages: { read: requests.length, stopped },
    })
    expect(outcome.ok && outcome.data).toHaveLength(count)
  })

  it('reads no further page once the result is full', async () => {
    const pages: Pages = (query) => {
      const { link: next } = linked(50)(query, 0, {} as RecordedRequest)
      return { body: Array.from({ length: 10 }, () => 'x'.repeat(90)), link: next }
    }
    const { outcome, requests } = await readAll(pages, {
      pagination: { ...link, maxPages: 100 },
      maxResultCharacters: 2_500,
    })
    expect(requests).toHaveLength(3)
    expect(outcome).toMatchObject({
      ok: true,
      truncated: true,
      hasMore: true,
      pages: { read: 3, stopped: 'max_characters' },
    })
    expect(outcomeText(outcome).length).toBeLessThanOrEqual(2_500)
  })
})

describe('a next page that leads elsewhere', () => {
  const target = (url: string): string => `<${url}>; rel="next"`
  it.each<[string, string]>([
    ['another host', target('https://evil.example/x?page=2')],
    ['another host without a scheme', target('//evil.example/x?page=2')],
    ['another port', target('http://127.0.0.1:1/x?page=2')],
    ['another scheme', target('ORIGIN/x?page=2').replace('ORIGIN', 'ftp://127.0.0.1')],
    ['a script', target('javascript:alert(1)')],
    ['a file', target('file:///x?page=2')],
    ['a user in front of the host', target('http://a:b@HOST/x?page=2')],
    ['another path', target('ORIGIN/admin?page=2')],
    ['a path below', target('ORIGIN/x/secrets?page=2')],
    ['a path with a slash more', target('ORIGIN/x/?page=2')],
    ['a path upwards', target('../x?page=2')],
    ['a path upwards and back', target('ORIGIN/y/../x?page=2')],
    ['escaped dots', target('ORIGIN/y/%2e%2e/x?page=2')],
    ['backslashes', target('\\x?page=2')],
    ['another resource of the client', target('ORIGIN/x/other?page=2')],
    ['the same path escaped', target('ORIGIN/%78?page=2')],
    ['spaces', target(' ORIGIN/x?page=2')],
    ['a reserved name', target('?access_token=abc')],
    ['a reserved name in capitals', target('?page=2&CLIENT_ID=abc')],
    ['too long a query', target(`?page=${'x'.repeat(3_000)}`)],
  ])('is not followed: %s', async (_what, header) => {
    const pages: Pages = (_query, count) => ({ body: [count], link: header })
    const { outcome, requests } = await readAll(pages, { pagination: link })
    expect(requests).toHaveLength(1)
    expect(outcome).toMatchObject({ ok: true, data: [1], truncated: true, hasMore: true })
    const { stopped } = Object(outcome.ok ? outcome.pages : {})
    expect(['next_refused', 'page_failed']).toContain(stopped)
  })

  it.each<[string, (token: string) => string]>([
    ['the token', (token) => token],
    ['the token in base64', (token) => Buffer.from(token).toString('base64url')],
    ['the token percent-encoded', (token) => encodeURIComponent(`x:${token}`)],
  ])('is not followed with %s in its query, by link or cursor', async (_what, write) => {
    const echo = ({ headers }: RecordedRequest): string =>
      write(String(headers.authorization).slice('Bearer '.length))
    for (const pagination of [link, cursor]) {
      const pages: Pages = (_query, _count, request) => ({
        body: pagination === link ? [1] : { data: [1], meta: { next: echo(request) } },
        link: `<?page=${echo(request)}>; rel="next"`,
      })
      const { outcome, requests } = await readAll(pages, { pagination })
      expect(requests).toHaveLength(1)
      expect(outcome).toMatchObject({ ok: true, pages: { read: 1, stopped: 'next_refused' } })
    }
  })

  it.each<[string, unknown]>([
    ['an object', { page: 2 }],
    ['a list', ['a']],
    ['a fraction', 1.5],
    ['true', true],
    ['a long text', 'x'.repeat(1_025)],
    ['half of a pair', '\ud800'],
  ])('is not followed where the cursor is %s', async (_what, next) => {
    const { outcome, requests } = await readAll(() => ({ body: { data: [1], meta: { next } } }), {
      pagination: cursor,
    })
    expect(requests).toHaveLength(1)
    expect(outcome).toMatchObject({ ok: true, pages: { read: 1, stopped: 'next_refused' } })
  })

  it('sends a cursor that looks like an address or a header as a value, and nothing else', async () => {
    const hostile = 'https://evil.example/?a=1&access_token=2#\r\nx-admin: 1'
    const pages: Pages = (_query, count) => ({
      body: { data: [count], meta: { next: count === 1 ? hostile : null } },
    })
    const { requests } = await readAll(pages, { pagination: cursor })
    expect(requests).toHaveLength(2)
    const sent = new URL(requests[1]?.url ?? '', 'http://x').searchParams
    expect([...sent]).toEqual([['cursor', hostile]])
    expect(requests[1]?.headers['x-admin']).toBeUndefined()
  })

  it.each<[string, Pages, Options]>([
    [
      'to the same link',
      () => ({ body: [1], link: '<?page=2>; rel="next"' }),
      { pagination: link },
    ],
    [
      'to the first page',
      (_query, count) => ({
        body: [count],
        link: count === 1 ? '<?page=2>; rel="next"' : '</x>; rel="next"',
      }),
      { pagination: link },
    ],
    [
      'by turns',
      (_query, count) => ({ body: [count], link: `<?page=${2 + (count % 2)}>; rel="next"` }),
      { pagination: { ...link, maxPages: 100 } },
    ],
    [
      'by the same cursor',
      () => ({ body: { data: [1], meta: { next: 'a' } } }),
      { pagination: cursor },
    ],
  ])('is read once where it leads back: %s', async (_what, pages, options) => {
    const { outcome, requests } = await readAll(pages, options)
    expect(requests.length).toBeLessThanOrEqual(3)
    expect(outcome).toMatchObject({ ok: true, hasMore: true, pages: { stopped: 'next_repeated' } })
  })

  it('ends at the most pages where there is always another', async () => {
    const pages: Pages = (_query, count) => ({ body: [], link: `<?page=${count}>; rel="next"` })
    const { outcome, requests } = await readAll(pages, { pagination: { ...link, maxPages: 100 } })
    expect(requests).toHaveLength(100)
    expect(outcome).toMatchObject({ ok: true, pages: { read: 100, stopped: 'max_pages' } })
  })
})

describe('pages that were read with several tokens', () => {
  const unpacked: readonly (readonly [
    string,
    (text: string) => string,
    (text: string) => string,
  ])[] = [
    [
      'compressed',
      (text) => gzipSync(text).toString('base64'),
      (text) => gunzipSync(Buffer.from(text, 'base64')).toString(),
    ],
    ['backwards', (text) => [...text].reverse().join(''), (text) => [...text].reverse().join('')],
    ['apart', (text) => [...text].join('|'), (text) => text.replaceAll('|', '')],
  ]

  it.each(unpacked)(
    'have none of them in what a transform unpacks (%s)',
    async (_how, pack, unpack) => {
      await using own = await testEmulator()
      const bearers = new Set<string>()
      let isOld = false
      await using api = await startRecordingApi((response, request) => {
        const bearer = String(request.headers.authorization).slice('Bearer '.length)
        if (isOld && bearers.has(bearer)) {
          response.writeHead(401, { 'www-authenticate': 'Bearer error="invalid_token"' }).end()
          return
        }
        bearers.add(bearer)
        isOld = true
        own.control.expire()
        own.control.delegate()
        response.writeHead(200, {
          'content-type': 'application/json',
          link: `</x?page=${bearers.size + 1}>; rel="next"`,
        })
        response.end(JSON.stringify([pack(bearer)]))
      })
      await using client = testClient(own, { resources: [{ baseUrl: api.baseUrl }] })
      const transform = (texts: string[]): string[] => texts.map(unpack)
      const options = { pagination: { ...link, maxPages: 3 }, transform }
      const outcome = await reader(client, options).execute({})
      expect(outcome).toMatchObject({ ok: true, pages: { read: 3 } })
      expect(bearers.size).toBe(3)
      for (const bearer of bearers) expect(findEcho(outcomeText(outcome), bearer)).toBeUndefined()
    },
  )
})

describe('a page that fails after others', () => {
  it.each<[string, Page, string]>([
    ['an error status', { body: { error: 'x' }, status: 404 }, 'not_found'],
    ['a missing permission', { body: {}, status: 403 }, 'forbidden'],
    ['a web page', { body: '<p>', type: 'text/html' }, 'unexpected_content_type'],
    ['broken JSON', { body: '[1,' }, 'invalid_response'],
    ['no list', { body: { error: 'x' } }, 'invalid_response'],
  ])('leaves what came, and names why: %s', async (_what, second, code) => {
    const pages: Pages = (query, count, request) =>
      count === 1 ? linked(3)(query, 1, request) : second
    const { outcome } = await readAll(pages, { pagination: link })
    expect(outcome).toEqual({
      ok: true,
      status: 200,
      data: [{ id: 10 }, { id: 11 }],
      truncated: true,
      hasMore: true,
      pages: { read: 1, stopped: 'page_failed', code },
      untrusted: true,
    })
  })

  it('is one that the budget of the run does not allow', async () => {
    const { outcome, requests } = await readAll(
      linked(9),
      { pagination: link },
      { client: { budget: { callsPerRun: 2 } }, context: { run: 'r' } },
    )
    expect(requests).toHaveLength(2)
    expect(outcome).toMatchObject({
      ok: true,
      pages: { read: 2, stopped: 'page_failed', code: 'budget_exceeded' },
    })
  })

  it('is no success where it is the first', async () => {
    const { outcome } = await readAll(() => ({ body: {}, status: 404 }), { pagination: link })
    expect(outcome).toMatchObject({ ok: false, code: 'not_found' })
    const { outcome: other } = await readAll(() => ({ body: { rows: [] } }), { pagination: link })
    expect(other).toMatchObject({ ok: false, code: 'invalid_response', carriedOut: true })
  })

  it('ends with the signal of the call, between pages as within', async () => {
    const controller = new AbortController()
    const pages: Pages = (query, count, request) => {
      if (count === 2) controller.abort(new Error('stop'))
      return linked(9)(query, count, request)
    }
    const failing = readAll(pages, { pagination: link }, { context: { signal: controller.signal } })
    expect((await rejection(failing)).message).toBe('stop')
  })
})

describe('a page about which a person would have to be asked', () => {
  it('is not read, and nobody is asked', async () => {
    let asked = 0
    const approval = {
      approver: 'owner@example.com',
      message: 'Read {page}?',
      when: ({ values }: { values: Readonly<Record<string, unknown>> }) => {
        const isLater = values['page'] !== undefined
        if (isLater) asked += 1
        return isLater
      },
    }
    const pages: Pages = (query, count, request) => linked(3)(query, count, request)
    await using api = await startRecordingApi((response, request) => {
      const { body, link: next = '' } = pages(
        new URL(request.url, 'http://x').searchParams,
        1,
        request,
      )
      response.writeHead(200, {
        'content-type': 'application/json',
        link: next.replace('ORIGIN', api.baseUrl),
      })
      response.end(JSON.stringify(body))
    })
    await using client = testClient(emulator, { resources: [{ baseUrl: api.baseUrl, approval }] })
    const outcome = await reader(client, { pagination: link }).execute({})
    expect(outcome).toMatchObject({
      ok: true,
      hasMore: true,
      pages: { read: 1, stopped: 'approval_required' },
    })
    expect([asked > 0, api.count]).toEqual([true, 1])
  })

  const params = z.object({
    scope: z.string().optional(),
    size: z.number().optional(),
    limit: z.coerce.number().optional(),
    isOpen: z.boolean().optional(),
    tags: z.array(z.string()).optional(),
    mine: z.string().optional(),
    size2: z.string().optional(),
    ids: z.array(z.number()).optional(),
    made: z
      .string()
      .transform(Number)
      .refine(async (number) => {
        // Of a model's values alone is it asked.
        if (number !== 5) throw new Error('It was run for a value of the API.')
        return true
      }),
  })
  const wireNames = { size: 'page[size]', mine: 'owner', size2: 'size' }
  const needs: Record<string, (values: Readonly<Record<string, unknown>>) => boolean> = {
    'a text': ({ scope }) => scope === 'all',
    'a number': ({ limit }) => typeof limit === 'number' && limit > 100,
    'another name on the way': ({ size }) => typeof size === 'number' && size > 100,
    'a boolean': ({ isOpen }) => isOpen === false,
    'a list of one': ({ tags }) => Array.isArray(tags) && tags.includes('secret'),
    'a value that is not sent any more': ({ mine }) => mine !== 'me',
    'a list of numbers': ({ ids }) => Array.isArray(ids) && ids.includes(7),
    'what a transform makes': ({ made }) => typeof made === 'number' && made > 100,
    'the name of another parameter': ({ size2 }) => size2 === 'all',
  }

  it.each([
    ['a text', '?scope=all'],
    ['a number', '?limit=1000'],
    ['another name on the way', '?page%5Bsize%5D=1000&size=3'],
    ['a boolean', '?isOpen=false'],
    ['a list of one', '?tags=secret'],
    ['a value that is not sent any more', '?page=2'],
    ['a list of numbers', '?ids=7'],
    ['what a transform makes', '?made=1000'],
    ['the name of another parameter', '?page%5Bsize%5D=1&size=all'],
  ])('is known by %s, though the link of an API says it', async (what, query) => {
    const when = ({ values }: { values: Readonly<Record<string, unknown>> }): boolean =>
      needs[what]?.(values) ?? false
    for (const isNeeded of [true, false]) {
      const approval = { approver: 'owner@example.com', message: 'Read?', when }
      const target = isNeeded ? query : '?page%5Bsize%5D=5&limit=5&scope=one&owner=me&made=5&page=2'
      await using api = await startRecordingApi((response) => {
        response.writeHead(200, {
          'content-type': 'application/json',
          link: `</x${target}>; rel="next"`,
        })
        response.end('[1]')
      })
      await using client = testClient(emulator, { resources: [{ baseUrl: api.baseUrl, approval }] })
      const tool = reader(client, { params, wireNames, pagination: link })
      const outcome = await tool.execute({ size: 5, limit: 5, scope: 'one', mine: 'me', made: '5' })
      const stopped = isNeeded ? 'approval_required' : 'next_repeated'
      expect(outcome).toMatchObject({ ok: true, pages: { stopped } })
      expect(api.count).toBe(isNeeded ? 1 : 2)
    }
  })
})

describe('pagination that cannot work', () => {
  it.each<[string, Options]>([
    ['of a POST', { method: 'POST', pagination: link }],
    ['of a HEAD', { method: 'HEAD', pagination: link }],
    ['of text', { answer: 'text', pagination: link }],
    ['of bytes', { answer: 'bytes', pagination: link }],
    ['of a list inside of CSV', { answer: 'csv', pagination: { ...link, items: 'rows' } }],
    ['by a cursor in CSV', { answer: 'csv', pagination: cursor }],
    ['with an approval of the operation', { approval: { message: 'Read?' }, pagination: link }],
    ['with a selection that is not of a list', { select: ['id'], pagination: link }],
    [
      'with a parameter of the model',
      { params: z.object({ cursor: z.string() }), pagination: cursor },
    ],
    [
      'with a parameter that the model sends under that name',
      { params: z.object({ c: z.string() }), wireNames: { c: 'cursor' }, pagination: cursor },
    ],
    ['by a credential', { pagination: { next: { cursor: 'a', parameter: 'Access_Token' } } }],
    [
      'by a cursor in several places',
      { pagination: { next: { cursor: 'a[].b', parameter: 'c' } } },
    ],
    ['of a list in several places', { pagination: { ...link, items: 'a[]' } }],
    ['of no pages', { pagination: { ...link, maxPages: 0 } }],
    ['of too many pages', { pagination: { ...link, maxPages: 101 } }],
    ['without a parameter', { pagination: { next: { cursor: 'a' } as never } }],
    ['with an unknown option', { pagination: { ...link, pages: 3 } as never }],
  ])('is refused when the tool is defined: %s', (_what, options) => {
    expect(thrown(() => reader(undefined, options))).toBeInstanceOf(ConfigError)
  })
})

describe('the header Link', () => {
  it.each<[string, string | undefined]>([
    ['<a>; rel="next"', 'a'],
    ['<a>; rel=prev, <b>; rel=next', 'b'],
    ['<a>; REL="last NEXT"', 'a'],
    ['<a>; title="x, <evil>; rel=next"; rel=prev, <b>; rel="next"', 'b'],
    ['<a>; title="\\"; rel=next"; rel="prev"', undefined],
    ['<a>; rel=prev; rel=next', undefined],
    ['<a>; anchor="/other"; rel=next, <b>; rel=next', 'b'],
    ['<a>;rel=next;', 'a'],
    [',, <a> ; rel = next', 'a'],
    ['<a>; rel="nextish"', undefined],
    ["<a>; title*=UTF-8''x; rel=next", 'a'],
    ['a; rel=next', undefined],
    ['<a', undefined],
    ['', undefined],
  ])('%s leads to %s', (header, target) => {
    expect(nextLinkIn(header)).toBe(target)
  })

  it.each([' ', ';', '<', '<>', '<a>;', '<a>; x="', '<a>; x=\\', ', '])(
    'is read in time when it is a flood of %j',
    (piece) => {
      const startedAt = performance.now()
      nextLinkIn(piece.repeat(30_000))
      nextLinkIn(`<a>; ${piece.repeat(30_000)}`)
      expect(performance.now() - startedAt).toBeLessThan(2_000)
    },
  )
})
