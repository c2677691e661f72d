import type { IncomingMessage, ServerResponse } from 'node:http'
import { startServer, testEmulator } from '@authsec-internal/test-kit'
import fc from 'fast-check'
import { fuzzClient } from '../fuzz-client.ts'
import { expectNoSecrets, type Secrets } from '../secrets.ts'
import { expectKnownError, Finding, type FuzzTarget } from '../target.ts'

const fragments = [
  '/',
  '//',
  '\\',
  '.',
  '..',
  '%2e',
  '%2E%2e',
  '%2f',
  '%5c',
  '%00',
  '%0d%0a',
  '%25',
  ';',
  ':',
  '@',
  '?',
  '#',
  '*',
  '&',
  '=',
  ' ',
  '\t',
  '\n',
  '\u0000',
  '／',
  '%ef%bc%8e',
  '%e2%80%a5',
  '%ef%bc%8f',
  '%ef%bc%85',
  '。',
  '℀',
  'ｅ',
  'İ',
  'ı',
  '\u202e',
  '\ud800',
  'v1',
  'V1',
  'admin',
  'ADMIN',
  '%61dmin',
  'adm%69n',
  'users',
  'evil.test',
  'localhost',
  '169.254.169.254',
  'http:',
  'https:',
  'javascript:',
  'data:',
  'file:',
  '[::1]',
  'a',
  '7',
  'records',
  'batchGet',
]

interface Case {
  readonly endpoint: string
  readonly location: string
  readonly resource: 'wide' | 'admin' | undefined
  readonly method: string
  readonly query: Readonly<Record<string, string>>
  readonly way: 'secureFetch' | 'fetch'
}

/**
 * An API with a wide resource and, below it, one whose permission the agent lacks. No request may reach
 * another server, leave the base path, or reach the narrow resource under any spelling.
 */
export async function fuzzEndpoints(): Promise<FuzzTarget> {
  const emulator = await testEmulator()
  const counts = { sent: 0, refused: 0, redirected: 0 }
  const seen: string[] = []
  let location = ''
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    seen.push(request.url ?? '')
    const isRedirect = location !== '' && seen.length === 1
    response.writeHead(isRedirect ? 302 : 200, {
      'content-type': 'application/json',
      ...(isRedirect && {
        location: Buffer.from(location)
          .toString('latin1')
          .replace(/[^\x20-\x7e]/g, ''),
      }),
    })
    response.end('{}')
  }
  const api = await startServer(answer)
  const evil = await startServer(answer)
  const { client, checkEvents } = fuzzClient({
    baseUrl: emulator.baseUrl,
    clientId: emulator.clientId,
    resources: [
      {
        name: 'wide',
        baseUrl: `${api.baseUrl}/v1`,
        methods: ['GET', 'POST'],
        sameOriginRedirects: 3,
      },
      { name: 'admin', baseUrl: `${api.baseUrl}/v1/admin`, permission: 'vault:admin' },
    ],
  })
  const secrets: Secrets = {
    tokens: [(await client.getDelegationToken()).value],
    clientId: emulator.clientId,
  }
  const origins = [evil.baseUrl, evil.baseUrl.replace('http:', ''), api.baseUrl]
  const endpoint = fc
    .array(
      fc.oneof(
        { weight: 12, arbitrary: fc.constantFrom(...fragments, ...origins) },
        { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 6 }) },
      ),
      { maxLength: 8 },
    )
    .map((pieces) => pieces.join(''))
  const input: fc.Arbitrary<Case> = fc.record({
    endpoint,
    location: fc.oneof(fc.constant(''), endpoint),
    resource: fc.constantFrom('wide', 'admin', undefined),
    method: fc.constantFrom('GET', 'POST', 'get', 'TRACE', 'G ET'),
    query: fc.dictionary(fc.constantFrom('a', '__proto__', 'x[]', '&b', '#'), endpoint, {
      maxKeys: 2,
    }),
    way: fc.constantFrom('secureFetch', 'fetch'),
  })

  const property = fc.asyncProperty(input, async (one) => {
    seen.length = 0
    location = one.location
    try {
      const given = await call(one)
      counts.sent += 1
      expectNoSecrets('the answer', given, secrets)
    } catch (error) {
      if (error instanceof Finding) throw error
      counts.refused += 1
      expectKnownError(error, 'the call')
      expectNoSecrets('the error', error, secrets)
    }
    checkEvents(secrets)
    if (evil.count > 0) throw new Finding('a request reached another server')
    if (seen.length > 1) counts.redirected += 1
    for (const url of seen) expectInside(url)
  })

  function call(one: Case): Promise<unknown> {
    if (one.way === 'fetch') {
      const url = `${api.baseUrl}/v1/${one.endpoint}`
      return client.fetch(url, { method: one.method }).then((response) => response.text())
    }
    return client.secureFetch({
      endpoint: one.endpoint,
      query: one.query,
      ...(one.resource && { resource: one.resource }),
      ...(one.method !== 'GET' && { method: one.method as 'POST' }),
    })
  }

  return {
    property: property as never,
    counts,
    async [Symbol.asyncDispose]() {
      await client.close()
      await Promise.all([api, evil].map((server) => server[Symbol.asyncDispose]()))
      await emulator.close()
    },
  }
}

/** Reads the URL as the most lenient servers would: of Latin-1 and of UTF-8, which decode it up to three times. */
function expectInside(url: string): void {
  for (const encoding of ['latin1', 'utf8'] as const) {
    for (const times of [0, 1, 2, 3]) {
      const segments = segmentsOf(url, encoding, times)
      if (segments[0] !== 'v1') throw new Finding(`a request left the base path: ${url}`)
      if (segments[1] === 'admin')
        throw new Finding(`a request reached the narrow resource: ${url}`)
    }
  }
}

function segmentsOf(url: string, encoding: 'latin1' | 'utf8', times: number): string[] {
  const [written = ''] = url.split(/[?#]/)
  let path = written
  for (let count = 0; count < times; count++) path = decode(path, encoding)
  path = path.normalize('NFKC').toLowerCase().replaceAll('\\', '/')
  const segments: string[] = []
  for (const raw of path.split('/')) {
    const segment = raw.replace(/;.*$/, '').trim()
    if (segment === '..') segments.pop()
    else if (segment !== '' && segment !== '.') segments.push(segment.replace(/[.\s\0]+$/, ''))
  }
  return segments
}

/** Each run of escapes is a piece of text in this encoding. */
function decode(path: string, encoding: 'latin1' | 'utf8'): string {
  return path.replace(/(?:%[0-9a-f]{2})+/gi, (escapes) =>
    Buffer.from(escapes.replaceAll('%', ''), 'hex').toString(encoding),
  )
}
