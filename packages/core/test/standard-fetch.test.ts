import type { Emulator } from '@authsec/emulator'
import {
  createFakeClock,
  rejection,
  startServer,
  testClient,
  testEmulator,
  watch,
} from '@authsec-internal/test-kit'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AuthSecEvent } from '../src/events.ts'
import { scrubbedBody } from '../src/scrub/scrubbed-body.ts'
import { createScrubber } from '../src/scrub/secret-scrubber.ts'
import { createClientIdRedactor } from '../src/support/redact-client-id.ts'
import type { DelegationToken } from '../src/token/delegation-token.ts'
import { tokenFor } from './support/stub-api.ts'

let emulator: Emulator
beforeAll(async () => {
  emulator = await testEmulator()
})
afterAll(() => emulator.close())

describe('client.fetch, through the pipeline of secureFetch', () => {
  it('reports the call when its body has been read', async () => {
    const events: AuthSecEvent[] = []
    const client = testClient(emulator, { onEvent: (event) => events.push(event) })
    const response = await client.fetch(`${emulator.vaultUrl}metrics`)
    expect(events.map(({ type }) => type)).not.toContain('request.completed')
    const text = await response.text()
    expect(events.at(-1)).toMatchObject({
      type: 'request.completed',
      resource: 'vault',
      method: 'GET',
      route: 'metrics',
      status: 200,
      bytes: Buffer.byteLength(text),
      redacted: false,
    })
  })

  it.each(['before it was read', 'after a part of it'])(
    'reports the call when its body is cancelled %s, and gives the connection back',
    async (when) => {
      let open = 0
      await using api = await startServer((_request, response) => {
        open += 1
        response.on('close', () => {
          open -= 1
        })
        response.writeHead(200, { 'content-type': 'text/plain' })
        response.write('a part\n')
      })
      const events: AuthSecEvent[] = []
      const client = testClient(emulator, {
        resources: [{ baseUrl: api.baseUrl }],
        onEvent: (event) => events.push(event),
      })
      const response = await client.fetch(`${api.baseUrl}/x`)
      const reader = response.body?.getReader()
      if (when !== 'before it was read') await reader?.read()
      await reader?.cancel()
      expect(events.filter(({ type }) => type === 'request.completed')).toHaveLength(1)
      await expect.poll(() => open, { interval: 5 }).toBe(0)
    },
  )

  it('reports a call that fails, and one whose body breaks off', async () => {
    await using api = await startServer((request, response) => {
      if (request.url === '/reset') return void request.socket.destroy()
      response.writeHead(200, { 'content-length': '100' })
      response.write('half')
      setImmediate(() => request.socket.destroy())
    })
    const events: AuthSecEvent[] = []
    const client = testClient(emulator, {
      resources: [{ baseUrl: api.baseUrl, methods: ['GET', 'POST'] }],
      onEvent: (event) => events.push(event),
    })
    await rejection(client.fetch(`${api.baseUrl}/reset`, { method: 'POST' }))
    expect(events.at(-1)).toMatchObject({ type: 'request.failed', code: 'network_error' })
    const response = await client.fetch(`${api.baseUrl}/half`)
    expect(await rejection(response.text())).toMatchObject({ code: 'network_error' })
    expect(events.at(-1)).toMatchObject({ type: 'request.failed', code: 'network_error' })
  })

  it('checks the permission of the call', async () => {
    const guards = { permission: 'vault:admin' }
    const error = await rejection(
      testClient(emulator).fetch(`${emulator.vaultUrl}metrics`, {}, guards),
    )
    expect(error).toMatchObject({ code: 'permission_missing' })
  })

  it('counts towards the budget of its run', async () => {
    const client = testClient(emulator, { budget: { callsPerRun: 2 } })
    const call = (): Promise<Response> =>
      client.fetch(`${emulator.vaultUrl}metrics`, {}, { run: 'one' })
    await (await call()).text()
    await client.secureFetch({ endpoint: 'metrics' }, { run: 'one' })
    expect(await rejection(call())).toMatchObject({ code: 'budget_exceeded' })
  })

  it('retries a GET that the API could not answer, and no POST', async () => {
    const seen: string[] = []
    await using api = await startServer((request, response) => {
      seen.push(String(request.method))
      response.writeHead(seen.length === 1 ? 503 : 200).end('{}')
    })
    const client = testClient(emulator, {
      resources: [{ baseUrl: api.baseUrl, methods: ['GET', 'POST'] }],
    })
    expect((await client.fetch(`${api.baseUrl}/x`)).status).toBe(200)
    expect(seen).toEqual(['GET', 'GET'])
    seen.length = 0
    expect((await client.fetch(`${api.baseUrl}/x`, { method: 'POST' })).status).toBe(503)
    expect(seen).toEqual(['POST'])
  })

  it('repeats a call once after 401 with the newer token', async () => {
    await using own = await testEmulator()
    const client = testClient(own)
    await client.getDelegationToken()
    own.control.delegate()
    own.control.failNext({ kind: 'status', status: 401 }, { path: /metrics/ })
    const response = await client.fetch(`${own.vaultUrl}metrics`)
    expect(response.status).toBe(200)
    await response.body?.cancel()
  })

  it('removes an echoed token and client ID from the stream', async () => {
    await using api = await startServer((request, response) => {
      const token = String(request.headers.authorization).slice('Bearer '.length)
      response.writeHead(200, { 'content-type': 'application/x-ndjson' })
      // Cut inside the token: the pieces must be seen together.
      response.write(`{"token":"${token.slice(0, 100)}`)
      setTimeout(() => {
        response.end(`${token.slice(100)}","id":"${emulator.clientId}","name":"Ärger"}\n`)
      }, 20)
    })
    const events: AuthSecEvent[] = []
    const client = testClient(emulator, {
      resources: [{ baseUrl: api.baseUrl }],
      onEvent: (event) => events.push(event),
    })
    const text = await (await client.fetch(`${api.baseUrl}/x`)).text()
    watch('a stream', text)
    expect(JSON.parse(text)).toEqual({
      token: '[REDACTED]',
      id: expect.stringMatching(/^cid_/),
      name: 'Ärger',
    })
    expect(events.at(-1)).toMatchObject({ type: 'request.completed', redacted: true })
  })
})

describe('a scrubbed body', () => {
  const clientId = 'a594430b-2bd4-4792-9666-63162ee858c5'
  const redact = createClientIdRedactor(clientId)
  const secret = `${'Signature0123456789abcdefghijklmnop'.repeat(4)}`
  const token: DelegationToken = tokenFor(createFakeClock(), `${secret}.${secret}`, 60)

  async function scrubbed(bytes: Uint8Array, cuts: readonly number[]): Promise<Buffer> {
    const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length]
    places.sort((a, b) => a - b)
    const pieces = places.slice(1).map((end, index) => bytes.subarray(places[index], end))
    const parts: Uint8Array[] = []
    const body = scrubbedBody(streamOf(pieces), createScrubber(token, redact), {
      bytes: 0,
      redacted: false,
    })
    for await (const part of body) parts.push(part)
    return Buffer.concat(parts)
  }

  async function* streamOf(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
    yield* pieces
  }

  it('passes any bytes without a secret unchanged, however they are cut', async () => {
    const bytes = fc.uint8Array({ maxLength: 400 })
    await fc.assert(
      fc.asyncProperty(bytes, fc.array(fc.nat(), { maxLength: 8 }), async (body, cuts) => {
        expect((await scrubbed(body, cuts)).equals(Buffer.from(body))).toBe(true)
      }),
      { numRuns: 300 },
    )
  })

  it('removes a secret wherever it is cut', async () => {
    const text = fc.string({ maxLength: 40, unit: 'binary-ascii' })
    const cuts = fc.array(fc.nat(), { maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(text, text, cuts, async (before, after, places) => {
        const body = Buffer.from(`${before} ${secret} ${clientId} ${after}`)
        const clean = (await scrubbed(body, places)).toString('latin1')
        expect(clean).not.toContain(secret.slice(0, 16))
        expect(clean).not.toContain(clientId)
        expect(clean).toContain('[REDACTED]')
      }),
      { numRuns: 300 },
    )
  })

  it.each<[string, (text: string) => string]>([
    ['as it is', (text) => text],
    ['in percent escapes', (text) => text.replace(/./g, (c) => `%${c.charCodeAt(0).toString(16)}`)],
    [
      'in JSON escapes',
      (text) => text.replace(/./g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`),
    ],
    ['in base64', (text) => btoa(text)],
    ['in hex', (text) => Buffer.from(text).toString('hex')],
  ])('removes a secret in a word that is passed on in parts, %s', async (_how, write) => {
    const run = secret.slice(3, 27)
    for (const hidden of [write(clientId), write(run)]) {
      for (let back = 0; back <= hidden.length + 80; back += 3) {
        const start = 40_000 - back
        const body = Buffer.from(`${'/'.repeat(start)}.${hidden}.${'/'.repeat(500)}`)
        const clean = (await scrubbed(body, [40_000])).toString('latin1')
        expect(clean, `${back} before the cut`).not.toContain(hidden)
      }
    }
  })

  it('holds back no more than a bounded part of an endless word', async () => {
    const piece = Buffer.from('x'.repeat(10_000))
    let given = 0
    const pieces = Array.from({ length: 50 }, () => piece)
    const body = scrubbedBody(streamOf(pieces), createScrubber(token, redact), {
      bytes: 0,
      redacted: false,
    })
    for await (const part of body) given += part.length
    expect(given).toBe(500_000)
    const early = scrubbedBody(streamOf(pieces.slice(0, 4)), createScrubber(token, redact), {
      bytes: 0,
      redacted: false,
    })
    expect((await early.next()).done).toBe(false)
  })
})
