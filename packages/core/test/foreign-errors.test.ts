import type { Emulator } from '@authsec/emulator'
import {
  plantSecret,
  rejection,
  startServer,
  testClient,
  testEmulator,
  thrown,
} from '@authsec-internal/test-kit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AuthSecClient } from '../src/client/client.ts'
import { createAuthSecClient } from '../src/client/create-client.ts'

/** Everything that is thrown here is searched for it when the file ends. */
const SECRET = 'planted-secret-9f8e7d6c5b4a'
plantSecret('a value of the developer', SECRET)

let emulator: Emulator
beforeAll(async () => {
  emulator = await testEmulator()
})
afterAll(() => emulator.close())

const API = 'https://api.example.com'
const clientOf = (baseUrl: string): AuthSecClient =>
  testClient(emulator, { resources: [{ baseUrl, methods: ['GET', 'POST'] }] })

/** The values are wrong on purpose, so they cannot have the type. */
const initOf = (headers: unknown): RequestInit => Object.assign({}, { headers }) as RequestInit

const values: readonly [string, unknown][] = [
  ['a line break', `${SECRET}\r\nx-more: 1`],
  ['a bare line feed', `${SECRET}\nx`],
  ['a NUL', `${SECRET}\0`],
  ['a control character', `${SECRET}\u0007`],
  ['a letter beyond Latin-1', `${SECRET}\u0142`],
  ['a letter beyond ASCII', `${SECRET}\u00e9`],
  ['an emoji', `${SECRET}\u{1f600}`],
  ['a symbol', Symbol(SECRET)],
  ['an object', { toString: () => SECRET }],
  ['an object whose text fails', { toString: () => thrower() }],
]

function thrower(): never {
  throw new Error(SECRET)
}

describe('a header of client.fetch that cannot be sent', () => {
  it.each(values)('is named and not quoted: %s in a record or a list', async (_what, value) => {
    for (const headers of [{ 'x-key': value }, [['x-key', value]], new Map([['x-key', value]])]) {
      const error = await rejection(clientOf(API).fetch(`${API}/x`, initOf(headers)))
      expect(error).toMatchObject({ name: 'ResourceError', code: 'header_refused' })
      expect(error.message).toContain('x-key')
    }
  })

  it('is named and not quoted: a letter of Latin-1 in a Headers object', async () => {
    const headers = new Headers({ 'x-key': `${SECRET}\u00e9` })
    const error = await rejection(clientOf(API).fetch(`${API}/x`, { headers }))
    expect(error).toMatchObject({ code: 'header_refused', message: expect.stringMatching('x-key') })
  })

  it.each([
    ['a line break', { [`${SECRET}\n`]: 'x' }],
    ['a space', { [`${SECRET} x`]: 'x' }],
    ['a value in its place, which cannot be sent', { [SECRET.repeat(2)]: 'x\0' }],
    ['nothing', { '': SECRET }],
    ['a letter beyond ASCII', [[`${SECRET}\u00e9`, 'x']]],
    ['three parts', [['x-key', SECRET, 'x']]],
    ['one part', [[SECRET]]],
    ['a text in place of a pair', [SECRET]],
    ['a text in place of headers', SECRET],
    ['a number in place of headers', 7],
  ])('is refused without its name: one with %s', async (_what, headers) => {
    const error = await rejection(clientOf(API).fetch(`${API}/x`, initOf(headers)))
    expect(error).toMatchObject({ name: 'ResourceError', code: 'header_refused' })
  })

  it.each(values)('is not quoted by secureFetch either: %s', async (_what, value) => {
    const headers = { 'x-key': value } as Record<string, string>
    const error = await rejection(clientOf(API).secureFetch({ endpoint: 'x', headers }))
    expect(error).toMatchObject({ code: 'header_refused' })
  })

  it('is the only one: what the standard fetch sends is sent', async () => {
    const seen: unknown[] = []
    await using api = await startServer(({ headers }, response) => {
      seen.push([headers['x-a'], headers['x-b']])
      response.end()
    })
    const client = clientOf(api.baseUrl)
    const forms = [
      { 'X-A': '1', 'x-b': ' two\n' },
      [
        ['x-a', '1'],
        ['x-b', '\ttwo'],
      ],
      new Headers({ 'x-a': '1', 'x-b': 'two' }),
      new Map([
        ['x-a', '1'],
        ['x-b', 'two'],
      ]),
      { 'x-a': 1, 'x-b': 'two' },
    ]
    for (const headers of forms) await client.fetch(`${api.baseUrl}/x`, initOf(headers))
    expect(seen).toEqual(forms.map(() => ['1', 'two']))
    seen.length = 0
    const twice: [string, string][] = [
      ['x-a', '1'],
      ['X-A', '2'],
    ]
    await client.fetch(`${api.baseUrl}/x`, { headers: twice })
    await client.fetch(`${api.baseUrl}/x`, initOf(undefined))
    expect(seen).toEqual([
      ['1, 2', undefined],
      [undefined, undefined],
    ])
  })
})

describe('another part of client.fetch that cannot be sent', () => {
  it.each<[string, unknown]>([
    ['a method with a line break', { method: `GET\r\n${SECRET}` }],
    ['a method that is an object', { method: { toString: () => SECRET } }],
    ['a method that is a symbol', { method: Symbol(SECRET) }],
    ['a body that is a stream', { method: 'POST', body: new ReadableStream() }],
    ['a body that is an object', { method: 'POST', body: { toString: () => SECRET } }],
    ['a signal that is none', { signal: { secret: SECRET } }],
    ['a signal that is a text', { signal: SECRET }],
    ['no init', null],
    ['a text as init', SECRET],
  ])('is refused without being quoted: %s', async (_what, init) => {
    const error = await rejection(clientOf(API).fetch(`${API}/x`, init as RequestInit))
    expect(error.name).toMatch(/^(ResourceError|ConfigError)$/)
  })

  it.each<[string, unknown]>([
    ['user information', `https://user:${SECRET}@api.example.com/x`],
    ['a text that is none', `not a url ${SECRET}`],
    ['a port that is none', `https://api.example.com:${SECRET}/`],
    ['a token in the query of another host', `https://other.example.com/?t=${SECRET}`],
    ['an object whose text fails', { toString: () => thrower() }],
    ['a symbol', Symbol(SECRET)],
    ['an object without a text', Object.create(null)],
  ])('is refused without being quoted: a URL with %s', async (_what, url) => {
    const error = await rejection(clientOf(API).fetch(url as string))
    expect(error).toMatchObject({ code: 'resource_unknown' })
  })

  it.each<[string, unknown]>([
    ['user information', `https://user:${SECRET}@auth.example.com`],
    ['an object whose text fails', { toString: () => thrower() }],
    ['an object without a text', Object.create(null)],
    ['a symbol', Symbol(SECRET)],
  ])('is refused without being quoted: a base URL with %s', (_what, baseUrl) => {
    const resources = [{ baseUrl: baseUrl as string }]
    const { clientId } = emulator
    for (const options of [
      { baseUrl: baseUrl as string, clientId },
      { baseUrl: API, clientId, resources },
    ]) {
      expect(thrown(() => createAuthSecClient(options)).name).toBe('ConfigError')
    }
  })
})

describe('an answer that the standard Response cannot carry', () => {
  it.each(['Łódź', '日本', '\u{1f600}'])(
    'is passed on with its header as bytes: %s',
    async (text) => {
      await using api = await startServer((_request, response) => {
        response.socket?.end(
          Buffer.from(`HTTP/1.1 200 OK\r\nx-name: ${text}\r\ncontent-length: 2\r\n\r\nok`),
        )
      })
      const response = await clientOf(api.baseUrl).fetch(`${api.baseUrl}/x`)
      const bytes = Buffer.from(response.headers.get('x-name') ?? '', 'latin1')
      expect([await response.text(), bytes.toString()]).toEqual(['ok', text])
    },
  )
})
