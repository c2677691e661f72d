import type { ServerResponse } from 'node:http'
import { rejection, watch } from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import { AuthSecSecureReader, type ReadOptions, type ReadProgress } from '../src/index.ts'
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
  it('becomes documents, whatever the line ends and the pieces', async () => {
    await using api = await startApi((_url, response) => {
      stream(response)
      const bytes = Buffer.from(
        `${lines(0, 3)}\r\n\n{"id":"ü","n":12345678901234567890}\r\n{"id":"x"}`,
      )
      let place = 0
      const drip = (): void => {
        if (place >= bytes.length) return void response.end()
        response.write(bytes.subarray(place, place + 7), () => setImmediate(drip))
        place += 7
      }
      drip()
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

  it('gives its first documents while it is still coming', async () => {
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
    ['a line over 1 MiB', `{"id":"${'x'.repeat(1_100_000)}"}\n`, 'line_too_long'],
    ['a line without an end', 'x'.repeat(5_000_000), 'line_too_long'],
    ['a line without id', `${lines(0, 1)}{"n":1}\n`, 'record_without_id'],
    ['one id twice', lines(0, 1) + lines(0, 1), 'record_repeated'],
  ])('with %s fails as a whole', async (_what, body, code) => {
    expect(await rejection(serving(body))).toMatchObject({ name: 'ReadError', code, page: 1 })
    await expect(serving(body, { onPageError: () => 'stop' })).resolves.toBeDefined()
  })

  it('that repeats the token is refused, and so is one that breaks off', async () => {
    await using echo = await startApi((_url, response, { headers }) => {
      stream(response)
      response.end(`{"id":"1","debug":"${headers.authorization}"}\n`)
    })
    const error = await rejection(readerOf(echo).loadData())
    expect(error).toMatchObject({ code: 'invalid_response' })
    await using cut = await startApi((_url, response) => {
      stream(response)
      response.write(lines(0, 10))
      setTimeout(() => response.destroy(), 20)
    })
    const broken = await rejection(readerOf(cut).loadData())
    expect(broken).toMatchObject({ code: 'network_error', retryable: true, records: 10 })
    const part = await readerOf(cut).loadData({ onPageError: () => 'stop' })
    expect(part).toHaveLength(10)
    expect(part[0]?.metadata.ingestion_complete).toBe(false)
    watch('documents', part)
  })

  it.each([
    ['text/html', 200, 'unexpected_content_type'],
    ['application/json', 200, 'unexpected_content_type'],
    ['application/x-ndjson', 503, 'http_error'],
  ])('is not %s with status %i', async (type, status, code) => {
    await using api = await startApi((_url, response) => {
      response.writeHead(status, { 'content-type': type })
      response.end(lines(0, 1))
    })
    expect(await rejection(readerOf(api).loadData())).toMatchObject({ code, status })
  })

  it('is not asked for without the permission, and ends with its signal', async () => {
    await using api = await startApi((_url, response) => {
      stream(response)
      response.write(lines(0, 1))
    })
    const denied = await rejection(readerOf(api).loadData({ permission: 'records:admin' }))
    expect(denied).toMatchObject({ code: 'permission_missing' })
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
