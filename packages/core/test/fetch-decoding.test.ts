import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import type { Emulator } from '@authsec/emulator'
import { testEmulator } from '@authsec-internal/test-kit'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { createAuthSecClient } from '../src/index.ts'
import { loadWebCore, type WebCore } from './support/web-core.ts'

let web: WebCore
let emulator: Emulator
beforeAll(async () => {
  web = await loadWebCore()
  emulator = await testEmulator()
})
afterAll(() => emulator.close())
afterEach(() => vi.unstubAllGlobals())

const text = '{"a":1}'

const bodies = {
  gzip: gzipSync(text),
  'x-gzip': gzipSync(text),
  GZIP: gzipSync(text),
  deflate: deflateSync(text),
  br: brotliCompressSync(text),
  'gzip, gzip': gzipSync(gzipSync(text)),
} satisfies Record<string, Uint8Array>
type Encoding = keyof typeof bodies

const REFUSED = ['invalid_response', true]

/** The data of an answer with this header, as the `fetch` of a runtime hands it out, or what the error says. */
async function answerTo(
  encoding: Encoding,
  isDecoded: boolean,
  create = web.createAuthSecClient,
): Promise<unknown> {
  const { baseUrl, clientId, vaultUrl } = emulator
  const headers = { 'content-type': 'application/json', 'content-encoding': encoding }
  const body = isDecoded ? text : new Uint8Array(bodies[encoding])
  const client = create({
    baseUrl,
    clientId,
    resources: [{ baseUrl: vaultUrl }],
    fetch: async (url, init) =>
      url.startsWith(vaultUrl) ? new Response(body, { headers }) : fetch(url, init),
  })
  try {
    return (await client.secureFetch({ endpoint: 'metrics' })).data
  } catch (error) {
    const { code, message } = Object(error)
    return [code, /cannot be decoded/.test(message)]
  } finally {
    await client.close()
  }
}

const inWorkers = (compatibilityFlags?: Record<string, boolean>): void => {
  vi.stubGlobal('Cloudflare', { compatibilityFlags })
}

describe('an encoding that nobody asked for', () => {
  it.each<Encoding>(['x-gzip', 'GZIP', 'deflate', 'gzip, gzip'])(
    'is refused in Cloudflare Workers, which do not decode it: %s',
    async (encoding) => {
      inWorkers({ brotli_content_encoding: true })
      expect(await answerTo(encoding, false)).toEqual(REFUSED)
    },
  )

  it.each([undefined, {}, { brotli_content_encoding: false }])(
    'is refused in Cloudflare Workers that know no Brotli: %j',
    async (flags) => {
      inWorkers(flags)
      expect(await answerTo('br', false)).toEqual(REFUSED)
      expect(await answerTo('gzip', true)).toEqual({ a: 1 })
    },
  )

  it.each<Encoding>(['gzip', 'deflate', 'br'])(
    'is not read as it came from the fetch of Deno: %s',
    async (encoding) => {
      vi.stubGlobal('Deno', {})
      expect(await answerTo(encoding, false)).toEqual(REFUSED)
      // The build for Node.js, which Deno gets, decodes it.
      const answer = await answerTo(encoding, false, createAuthSecClient)
      expect([{ a: 1 }, REFUSED]).toContainEqual(answer)
    },
  )

  it.each<Encoding>(['gzip', 'br'])('is read in Workers that decode it: %s', async (encoding) => {
    inWorkers({ brotli_content_encoding: true })
    expect(await answerTo(encoding, true)).toEqual({ a: 1 })
  })

  it.each<Encoding>(['gzip', 'x-gzip', 'GZIP', 'deflate', 'br'])(
    'is read where fetch decodes it: %s',
    async (encoding) => {
      expect(await answerTo(encoding, true)).toEqual({ a: 1 })
    },
  )
})
