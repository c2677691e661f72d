import type { Emulator } from '@authsec/emulator'
import {
  rejection,
  startRecordingApi,
  testClient,
  testEmulator,
  thrown,
} from '@authsec-internal/test-kit'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { ResourceError } from '../src/errors.ts'
import { resolveEndpoint } from '../src/policy/endpoint.ts'
import { defineOperation } from '../src/tool.ts'

let emulator: Emulator
beforeAll(async () => {
  emulator = await testEmulator()
})
afterAll(() => emulator.close())

const base = new URL('https://api.example.com/v1/')

describe('a colon in an endpoint', () => {
  it.each([
    'documents:batchGet',
    '/documents:batchGet',
    'orders/42:cancel',
    '42:undelete',
    'projects:search/recent',
    'my_project-1.2:get-iam_policy',
    'a%20b:cancel',
    'users:42',
    'documents:batchGet/x:y(1)',
    'records/12:30',
    'databases:restore',
    'files:upload',
    'httpbin:run',
    'metadata:list',
    'datasets:data',
  ])('of a custom method is sent as it is: %s', (endpoint) => {
    const { href } = resolveEndpoint(base, endpoint)
    expect(href).toBe(base.href + endpoint.replace(/^\//, ''))
  })

  it.each([
    ...[
      'javascript:alert(1)',
      'javascript:x',
      'JavaScript:x',
      '/javascript:alert(1)',
      'vbscript:x',
    ],
    ...[
      'https:evil',
      'https:evil.test',
      'HTTPS:evil',
      'http:x',
      'http:/x',
      'https://evil.test',
      'https:',
    ],
    ...['/https:evil', '/http:/x', '/https://evil.test/x', 'ws:x', 'wss:x', 'ftp:x', 'sftp:x'],
    ...[
      'data:text',
      'data:text/html,x',
      'DATA:x',
      'data:',
      'blob:x',
      'file:x',
      'file:///etc',
      'about:blank',
    ],
    ...[
      'mailto:a',
      'mailto:a@b',
      'tel:1',
      'unix:x',
      'unix:/var/run/docker.sock',
      'urn:isbn',
      'jar:x',
    ],
    ...[
      'unknown:/x',
      'unknown://evil.test',
      'x:',
      ':x',
      ':',
      'a:b:c',
      'x:alert(1)',
      'x:y@evil.test',
    ],
    ...[
      'evil@test:x',
      'evil.test:443',
      'evil.test:443/x',
      'localhost:8080/x',
      '127.0.0.1:80',
      'x.y:1',
    ],
    ...['%68ttps:x', 'https%3Aevil:x', '%256aavascript:x', '%2568ttps:x', 'java%0ascript:x'],
    ...['javascript%20:x', '%20javascript:x', 'https:%2f%2fevil', 'x:%2f', 'x:%5cevil', 'x:..%2f'],
    ...['documents:batch\\Get', 'documents:batch Get', 'documents:batchGet?x=1', 'documents:x#y'],
    ...[
      'view-source:x',
      'filesystem:x',
      'documents:\tx',
      'documents:é',
      '..:x/../..',
      'x:a/../../y',
    ],
    ...['documents:batchGet//evil.test/../..', 'documents:%00'],
  ])('of a scheme, a host or an escape is refused: %j', (endpoint) => {
    const error = thrown(() => resolveEndpoint(base, endpoint))
    expect(ResourceError.isInstance(error) && error.code).toBe('endpoint_refused')
  })

  it('never leaves the base, whatever stands before and after it', () => {
    const pieces = [
      'documents',
      'https',
      'javascript',
      ':',
      '/',
      '//',
      '%3a',
      '%2f',
      '.',
      '..',
      '@',
      '\\',
      ' ',
      '1',
    ]
    const text = fc.array(fc.constantFrom(...pieces), { maxLength: 9 }).map((all) => all.join(''))
    fc.assert(
      fc.property(text, (endpoint) => {
        try {
          const url = resolveEndpoint(base, endpoint)
          const relative = new URL(endpoint.replace(/^\//, ''), base)
          // Even a program that resolves the endpoint itself ends up below the base, or has made a scheme of a name.
          const isBelow = relative.href.startsWith(base.href) || relative.host === ''
          return url.href.startsWith(base.href) && isBelow
        } catch (error) {
          return ResourceError.isInstance(error)
        }
      }),
      { numRuns: 5_000 },
    )
  })
})

describe('an operation with a custom method', () => {
  async function call(path: string, input: Record<string, string>): Promise<[object, string[]]> {
    await using api = await startRecordingApi()
    const resources = [{ baseUrl: api.baseUrl, methods: ['POST'] }]
    await using client = testClient(emulator, { resources })
    const params = z.object(
      Object.fromEntries(Object.keys(input).map((name) => [name, z.string()])),
    )
    const method = 'POST'
    const tool = defineOperation(client, {
      name: 'op',
      description: 'An operation.',
      method,
      path,
      params,
    })
    const outcome = await tool.execute(input)
    return [outcome, api.requests.map(({ url }) => url)]
  }

  it.each<[string, Record<string, string>, string]>([
    ['documents:batchGet', {}, '/documents:batchGet'],
    ['{id}:undelete', { id: 'rec-1' }, '/rec-1:undelete'],
    ['{id}:undelete', { id: 'a b' }, '/a%20b:undelete'],
    ['{kind}:{id}', { kind: 'user', id: '42' }, '/user:42'],
    ['projects/{id}:archive', { id: 'urn:isbn:1' }, '/projects/urn%3Aisbn%3A1:archive'],
  ])('%s is sent at call time', async (path, input, url) => {
    const [outcome, urls] = await call(path, input)
    expect(outcome).toMatchObject({ ok: true })
    expect(urls).toEqual([url])
  })

  it.each<[string, Record<string, string>]>([
    ['{id}:undelete', { id: 'javascript' }],
    ['{kind}:{id}', { kind: 'https', id: 'evil.test' }],
    ['{kind}:{id}', { kind: 'evil.test', id: '443' }],
    ['{kind}:{id}', { kind: '%68ttps', id: 'x' }],
  ])('%s with %j is refused, because the value makes a scheme or a host', async (path, input) => {
    const [outcome, urls] = await call(path, input)
    expect(outcome).toMatchObject({ ok: false, code: 'endpoint_refused' })
    expect(urls).toEqual([])
  })

  it('is reached by client.fetch and by secureFetch alike', async () => {
    await using api = await startRecordingApi()
    const client = testClient(emulator, { resources: [{ baseUrl: api.baseUrl }] })
    await client.secureFetch({ endpoint: 'documents:batchGet' })
    await (await client.fetch(`${api.baseUrl}/documents:batchGet`)).text()
    expect(api.requests.map(({ url }) => url)).toEqual([
      '/documents:batchGet',
      '/documents:batchGet',
    ])
    const refused = await rejection(client.fetch(`${api.baseUrl}/https:evil`))
    expect(refused).toMatchObject({ code: 'endpoint_refused' })
  })
})
