import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { outcomeText } from '@authsec/core/adapter'
import { defineSecureFetch } from '@authsec/core/tool'
import {
  fastClock,
  inBase64,
  inEntities,
  inHex,
  jsonEscaped,
  percentEncoded,
  startServer,
  testEmulator,
} from '@authsec-internal/test-kit'
import fc from 'fast-check'
import { fuzzClient } from '../fuzz-client.ts'
import { expectNoSecrets, type Secrets } from '../secrets.ts'
import { expectKnownError, Finding, type FuzzTarget } from '../target.ts'

/** Encodings in which a debug page could show what it received. */
export const encoders = [
  (text: string) => text,
  jsonEscaped,
  percentEncoded,
  inEntities,
  inBase64,
  inHex,
  (text: string) => JSON.stringify(text),
  (text: string) =>
    text.replace(/(.{5})/g, (piece) => piece.slice(0, 4) + jsonEscaped(piece.slice(4))),
  (text: string) => `Bearer ${text}`,
  (text: string) => `x=${text}&y=1`,
] as const

const codings = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync } as const
const types = [
  'application/json',
  'application/json; charset=utf-8',
  'application/problem+json',
  'text/plain',
  'text/html',
  'application/x-ndjson',
  'text/event-stream',
  '',
  'application/octet-stream',
]
const echoHeaders = [
  'etag',
  'x-request-id',
  'link',
  'www-authenticate',
  'content-language',
  'x-debug',
]

/** A part of the token or the client ID, encoded, inside any JSON value or text. */
const echo = fc.record({
  of: fc.constantFrom('token', 'signature', 'payload', 'clientId'),
  encoders: fc.array(fc.nat(encoders.length - 1), { maxLength: 3 }),
})
type Echo = typeof echo extends fc.Arbitrary<infer Value> ? Value : never

const answer = fc.record({
  status: fc.constantFrom(200, 201, 202, 204, 302, 400, 401, 403, 404, 409, 422, 429, 500, 503),
  type: fc.constantFrom(...types),
  coding: fc.constantFrom('', '', '', 'gzip', 'deflate', 'br', 'wrong'),
  shape: fc.constantFrom('value', 'key', 'list', 'nested', 'raw', 'cut', 'challenge'),
  header: fc.constantFrom('', ...echoHeaders),
  noise: fc.jsonValue({ maxDepth: 3 }),
  echoes: fc.array(echo, { minLength: 1, maxLength: 3 }),
})
type Answer = typeof answer extends fc.Arbitrary<infer Value> ? Value : never

/** An API that echoes what it received. No result, error or header may hold any of it. */
export async function fuzzAnswers(): Promise<FuzzTarget> {
  const emulator = await testEmulator()
  const counts = { answered: 0, failed: 0 }
  let current: Answer | undefined
  const api = await startServer((request, response) => {
    const token = String(request.headers.authorization).slice('Bearer '.length)
    if (!current) return void response.end()
    const secrets = { token, clientId: emulator.clientId }
    const texts = current.echoes.map((one) => written(one, secrets))
    if (current.header) response.setHeader(current.header, headerValue(current, texts[0] ?? ''))
    if (current.type) response.setHeader('content-type', current.type)
    const body = bodyOf(current, texts)
    const { coding } = current
    if (coding) response.setHeader('content-encoding', coding === 'wrong' ? 'gzip' : coding)
    response.writeHead(current.status)
    response.end(coding && coding !== 'wrong' ? codings[coding as 'gzip'](body) : body)
  })
  const { client, checkEvents } = fuzzClient({
    baseUrl: emulator.baseUrl,
    clientId: emulator.clientId,
    clock: fastClock,
    resources: [{ baseUrl: api.baseUrl }],
  })
  const tool = defineSecureFetch(client, { maxResultCharacters: 2_000 })

  const property = fc.asyncProperty(answer, fc.nat(2), async (one, way) => {
    current = one
    const { value } = await client.getDelegationToken()
    const secrets: Secrets = { tokens: [value], clientId: emulator.clientId }
    try {
      expectNoSecrets('the answer', await ask(way), secrets)
      counts.answered += 1
    } catch (error) {
      if (error instanceof Finding) throw error
      counts.failed += 1
      expectKnownError(error, 'the call')
      expectNoSecrets('the error', error, secrets)
    }
    checkEvents(secrets)
  })

  async function ask(way: number): Promise<unknown> {
    if (way === 0) return client.secureFetch({ endpoint: 'x' })
    if (way === 1) return outcomeText(await tool.execute({ endpoint: 'x' }))
    const response = await client.fetch(`${api.baseUrl}/x`)
    return [[...response.headers], await response.text(), response.statusText]
  }

  return {
    property: property as never,
    counts,
    async [Symbol.asyncDispose]() {
      await client.close()
      await api[Symbol.asyncDispose]()
      await emulator.close()
    },
  }
}

function written(
  { of, encoders: chain }: Echo,
  { token, clientId }: { token: string; clientId: string },
): string {
  const [, payload = '', signature = ''] = token.split('.')
  const secret = { token, payload, signature, clientId }[of]
  return chain.reduce((text, at) => (encoders[at] ?? String)(text), secret).slice(0, 60_000)
}

function headerValue({ header }: Answer, text: string): string {
  const plain = text.replace(/[^\x20-\x7e]/g, '').slice(0, 4_000)
  if (header === 'link') return `</x?token=${plain}>; rel="next"`
  return header === 'www-authenticate'
    ? `Bearer error="insufficient_scope", scope="${plain.replaceAll('"', '')}"`
    : plain
}

function bodyOf({ shape, noise }: Answer, texts: readonly string[]): string {
  const [first = '', ...rest] = texts
  switch (shape) {
    case 'value':
      return JSON.stringify({ noise, echo: first, rest })
    case 'key':
      return JSON.stringify({ [first]: noise, rest })
    case 'list':
      return JSON.stringify([noise, ...texts])
    case 'nested':
      return JSON.stringify({ debug: JSON.stringify({ noise, texts }) })
    case 'cut':
      return JSON.stringify({ noise, echo: first, rest }).slice(0, -3)
    case 'challenge':
      return JSON.stringify({ error: first, message: texts.join(' '), detail: noise })
    default:
      return texts.join('\n')
  }
}
