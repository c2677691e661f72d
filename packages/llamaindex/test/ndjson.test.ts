import type { ServerResponse } from 'node:http'
import type { AuthSecEvent } from '@authsec/core'
import { rejection, testClient, watch } from '@authsec-internal/test-kit'
import { describe, expect, it, vi } from 'vitest'
import {
  type AuthSecDocument,
  AuthSecSecureReader,
  type ReadOptions,
  type ReadProgress,
} from '../src/index.ts'
import { type Api, startApi } from './support/api.ts'

const lines = (first: number, count: number): string =>
  Array.from({ length: count }, (_, index) => `{"id":"r${first + index}","n":1}\n`).join('')

function stream(response: ServerResponse, type = 'application/x-ndjson; charset=utf-8'): void {
  response.writeHead(200, { 'content-type': type })
}

function readerOf(api: Api): AuthSecSecureReader {
  return new AuthSecSecureReader({
    client: api.client,
    baseUrl: api.baseUrl,
    endpoint: 'export',
    permission: 'records:read',
    format: 'ndjson',
  })
}

const serving = (body: string | Buffer, options: Partial<ReadOptions> = {}) =>
  (async () => {
    await using api = await startApi((_url, response) => {
      stream(response)
      response.end(body)
    })
    return await readerOf(api).loadData(options)
  })()

describe('an NDJSON stream', () => {
  it.each([
    ['before its first record', `\ufeff${lines(0, 2)}`],
    ['in a first line of its own', `\ufeff\n${lines(0, 2)}`],
    ['before a CRLF line', `\ufeff{"id":"r0"}\r\n{"id":"r1"}`],
  ])('may have a byte order mark %s', async (_where, body) => {
    const documents = await serving(body)
    expect(documents.map(({ id_ }) => id_)).toEqual(['export#r0', 'export#r1'])
  })

  it('becomes documents for every line ending and wherever its pieces are cut', async () => {
    await using api = await startApi((_url, response) => {
      stream(response)
      const bytes = Buffer.from(
        `${lines(0, 3)}\r\n\n{"id":"ü","n":12345678901234567890}\r\n{"id":"x"}`,
      )
      let sent = 0
      const sendNext = (): void => {
        if (sent >= bytes.length) return void response.end()
        response.write(bytes.subarray(sent, sent + 7), () => setImmediate(sendNext))
        sent += 7
      }
      sendNext()
    })
    const seen: ReadProgress[] = []
    const documents = await readerOf(api).loadData({
      query: { since: 'may', tag: ['a', 'b'] },
      onProgress: (progress) => seen.push(progress),
    })
    expect(documents.map(({ id_ }) => id_)).toEqual(
      ['r0', 'r1', 'r2', 'ü', 'x'].map((id) => `export#${id}`),
    )
    expect(documents[3]?.text).toContain('n: 12345678901234567890')
    expect(documents[0]?.metadata.ingestion_complete).toBe(true)
    expect(api.asked).toEqual(['/v1/export?since=may&tag=a&tag=b'])
    expect(seen.at(-1)).toEqual({ pages: 1, records: 5 })
  })

  it('is the same for every cut of a body with every kind of line', async () => {
    const long = 'ü'.repeat(40_000)
    const rows = ['\ufeff{"id":"a"}', '', ' ', '{"id":"€","n":1e400}\r', `{"id":"b","t":"${long}"}`]
    const body = Buffer.from(
      [...rows, '\ufeff', '\ufeff{"id":"c","q":"\\u00fc"}\r', '{"id":"d"}'].join('\n'),
    )
    const whole = (await serving(body)).map(({ id_, text }) => [id_, text])
    expect(whole.map(([id]) => id)).toEqual(['a', '€', 'b', 'c', 'd'].map((id) => `export#${id}`))
    for (const cut of [1, 2, 17, 18, 19, 24, 25, 26, 40_000, body.length - 12, body.length - 1]) {
      await using api = await startApi((_url, response) => {
        stream(response)
        response.write(body.subarray(0, cut), () =>
          setImmediate(() => response.end(body.subarray(cut))),
        )
      })
      const documents = await readerOf(api).loadData()
      expect(documents.map(({ id_, text }) => [id_, text])).toEqual(whole)
    }
  })

  it('yields its first documents before the last ones have arrived', async () => {
    let finish = (): void => undefined
    await using api = await startApi((_url, response) => {
      stream(response)
      response.write(lines(0, 2))
      finish = () => void response.end(lines(2, 2))
    })
    const documents = readerOf(api).lazyLoad()
    expect((await documents.next()).value).toMatchObject({ id_: 'export#r0' })
    finish()
    const rest: string[] = []
    for await (const { id_ } of documents) rest.push(id_)
    expect(rest).toHaveLength(3)
  })

  it.each<[string, string | Buffer, string]>([
    ['malformed JSON', `${lines(0, 2)}{"id":`, 'invalid_response'],
    ['a NUL character', `{"id":"a\0b"}\n`, 'invalid_response'],
    ['bytes that are not UTF-8', Buffer.from([0x22, 0xff, 0x22, 0x0a]), 'invalid_response'],
    ['a line that is too deep', `${'['.repeat(100)}${']'.repeat(100)}\n`, 'invalid_response'],
    ['a NUL character after records', `${lines(0, 2)}\0\n`, 'invalid_response'],
    ['half of a character at its end', Buffer.from([0x22, 0xe2, 0x82]), 'invalid_response'],
    ['a second mark in a line', '\ufeff\ufeff{"id":"a"}\n', 'invalid_response'],
    [
      'a line over 1 MiB after others',
      `${lines(0, 9)}"${'x'.repeat(1_048_575)}"\n`,
      'line_too_long',
    ],
    ['a line over 1 MiB', `{"id":"${'x'.repeat(1_100_000)}"}\n`, 'line_too_long'],
    ['a line without an end', 'x'.repeat(5_000_000), 'line_too_long'],
    ['a line without id', `${lines(0, 1)}{"n":1}\n`, 'record_without_id'],
    ['one id twice', lines(0, 1) + lines(0, 1), 'record_repeated'],
  ])('fails as a whole when it holds %s', async (_what, body, code) => {
    expect(await rejection(serving(body))).toMatchObject({ name: 'ReadError', code, page: 1 })
    await expect(serving(body, { onPageError: () => 'stop' })).resolves.toBeDefined()
  })

  it('may hold lines of exactly 1 MiB', async () => {
    const line = (id: string): string => `{"id":"${id}","t":"${'x'.repeat(1_048_576 - 17)}"}`
    expect(line('a')).toHaveLength(1_048_576)
    expect(await serving([line('a'), line('b'), line('c')].join('\n'))).toHaveLength(3)
  })

  it('is read beyond the limit of a page, and fails beyond `maxBytes`', async () => {
    const body = lines(0, 60_000)
    expect(body.length).toBeGreaterThan(1_048_576)
    expect(await serving(body)).toHaveLength(60_000)
    for (const maxBytes of [1, 1_000, body.length - 1]) {
      const error = await rejection(serving(body, { maxBytes }))
      expect(error).toMatchObject({ name: 'ReadError', code: 'response_too_large' })
      expect(error).toMatchObject({ hint: expect.stringContaining('maxBytes') })
    }
    expect(await serving(body, { maxBytes: body.length })).toHaveLength(60_000)
  })

  it('is read without what the API echoes of the token, and the record survives', async () => {
    let authorization = ''
    await using api = await startApi((_url, response, { headers }) => {
      authorization = String(headers.authorization)
      const token = authorization.replace('Bearer ', '')
      const [, payload = '', signature = ''] = token.split('.')
      stream(response)
      response.write(
        `{"id":"1","debug":"${authorization}"}\n{"id":"2","cut":"${token.slice(0, 90)}`,
      )
      const end = `${token.slice(90)}"}\n{"id":"3","parts":["${payload}","${signature}"]}\n`
      setTimeout(() => response.end(end), 20)
    })
    const documents = await readerOf(api).loadData()
    watch('documents', documents)
    expect(documents.map(({ text }) => text)).toEqual([
      'id: 1\ndebug: Bearer [REDACTED]',
      'id: 2\ncut: [REDACTED]',
      'id: 3\nparts: ["[REDACTED]","[REDACTED]"]',
    ])
    const [, ...secrets] = authorization.replace('Bearer ', '').split('.')
    const kept = JSON.stringify(documents)
    for (const secret of secrets) expect(kept).not.toContain(secret.slice(0, 16))
  })

  it('is read without the client ID: its fingerprint stands in its place', async () => {
    await using api = await startApi((_url, response) => {
      stream(response)
      response.end(`{"id":"1","caller":"${api.emulator.clientId}"}\n`)
    })
    const [document] = await readerOf(api).loadData()
    expect(document?.text).toMatch(/^id: 1\ncaller: cid_[0-9a-f]{8}$/)
  })

  it('is read by the client: the reader asks for no token, and the event names the endpoint', async () => {
    const events: AuthSecEvent[] = []
    await using api = await startApi((_url, response) => {
      stream(response)
      response.end(lines(0, 2))
    })
    const resources = [{ name: 'api', baseUrl: api.baseUrl }]
    await using client = testClient(api.emulator, {
      resources,
      onEvent: (event) => events.push(event),
    })
    const getDelegationToken = vi.fn(client.getDelegationToken)
    const documents = await readerOf({
      ...api,
      client: { ...client, getDelegationToken },
    }).loadData()
    expect(documents).toHaveLength(2)
    expect(getDelegationToken).not.toHaveBeenCalled()
    const calls = events.filter(({ type }) => type === 'request.completed')
    expect(calls).toMatchObject([{ resource: 'api', route: 'export', method: 'GET', status: 200 }])
  })

  it('fails with network_error when it breaks off, and keeps its records with stop', async () => {
    await using api = await startApi((_url, response) => {
      stream(response)
      response.write(lines(0, 10))
      setTimeout(() => response.destroy(), 20)
    })
    const broken = await rejection(readerOf(api).loadData())
    expect(broken).toMatchObject({ code: 'network_error', retryable: true, records: 10 })
    const part = await readerOf(api).loadData({ onPageError: () => 'stop' })
    expect(part).toHaveLength(10)
    expect(part[0]?.metadata.ingestion_complete).toBe(false)
    watch('documents', part)
  })

  it('fails with the code of the client for an error in the middle of it', async () => {
    await using silent = await startApi((_url, response) => {
      stream(response)
      response.write(lines(0, 3))
    })
    const resources = [{ name: 'api', baseUrl: silent.baseUrl, timeoutMs: 300 }]
    await using client = testClient(silent.emulator, { resources })
    const late = await rejection(readerOf({ ...silent, client }).loadData())
    expect(late).toMatchObject({ name: 'ReadError', code: 'timeout', retryable: true, records: 3 })
    await using garbled = await startApi((_url, response) => {
      const headers = { 'content-type': 'application/x-ndjson', 'content-encoding': 'gzip' }
      response.writeHead(200, headers)
      response.end('this is not gzip')
    })
    const undecodable = await rejection(readerOf(garbled).loadData())
    expect(undecodable).toMatchObject({ name: 'ReadError', code: 'invalid_response' })
  })

  it.each([
    ['text/html', 200, 'unexpected_content_type'],
    ['application/json', 200, 'unexpected_content_type'],
    ['application/x-ndjson', 503, 'http_error'],
  ])('is refused when the answer is %s with status %i', async (type, status, code) => {
    await using api = await startApi((_url, response) => {
      response.writeHead(status, { 'content-type': type })
      response.end(lines(0, 1))
    })
    expect(await rejection(readerOf(api).loadData())).toMatchObject({ code, status })
  })

  it.each([
    ['application/json', 403, '{"error":"not for this agent"}', 'not for this agent'],
    ['application/problem+json', 422, '{"title":"No such month"}', 'No such month'],
    ['text/plain', 404, 'unknown export', 'unknown export'],
    ['text/html', 404, '<p>Not found</p>', undefined],
  ])(
    'fails with the reason of an API that answers %s with %i',
    async (type, status, body, detail) => {
      await using api = await startApi((_url, response) => {
        response.writeHead(status, { 'content-type': type }).end(body)
      })
      const error = await rejection(readerOf(api).loadData())
      expect(error).toMatchObject({ code: 'http_error', status, detail })
      expect(String(error)).not.toContain(detail ?? 'Not found')
    },
  )

  it('is not requested without the permission, and ends with the reason of its signal', async () => {
    await using api = await startApi((_url, response) => {
      stream(response)
      response.write(lines(0, 1))
    })
    const denied = await rejection(readerOf(api).loadData({ permission: 'records:admin' }))
    expect(denied).toMatchObject({ name: 'ReadError', code: 'permission_missing' })
    expect(api.asked).toEqual([])
    const abort = new AbortController()
    const reason = new Error('stopped')
    const documents = readerOf(api).lazyLoad({ signal: abort.signal })
    await documents.next()
    const next = documents.next()
    abort.abort(reason)
    expect(await rejection(next)).toBe(reason)
  })
})

describe('a record with unusual names', () => {
  const body =
    '{"id":"a","constructor":"Ferrari","toString":"text"}\n{"id":"b","__proto__":{"polluted":1}}\n'

  async function read(options: Partial<ReadOptions>, answer: string, type: string) {
    await using api = await startApi((_url, response) => {
      stream(response, type)
      response.end(answer)
    })
    const documents = readerOf(api).lazyLoad({ metadata: ['constructor'], ...options })
    const found: AuthSecDocument[] = []
    let next = await documents.next()
    for (; !next.done; next = await documents.next()) found.push(next.value)
    return { found, summary: next.value }
  }

  it.each<[string, Partial<ReadOptions>, string, string]>([
    ['a stream', {}, body, 'application/x-ndjson'],
    [
      'a page',
      { format: 'json', pagination: { by: 'none' } },
      `[${body.trim().replace('\n', ',')}]`,
      'application/json',
    ],
  ])(
    'keeps them, and the read counts a key that is dropped: %s',
    async (_how, options, answer, type) => {
      const { found, summary } = await read(options, answer, type)
      expect(found[0]?.text).toContain('constructor: Ferrari\ntoString: text')
      expect(found[0]?.metadata['constructor']).toBe('Ferrari')
      expect(found[1]?.text).not.toContain('polluted')
      expect(summary).toEqual({ pages: 1, records: 2, complete: true, droppedKeys: 1 })
    },
  )
})
