import { createHash } from 'node:crypto'
import { isIP } from 'node:net'
import { brotliCompressSync, deflateSync, gunzipSync, gzipSync, inflateSync } from 'node:zlib'
import { createRandom, oddTexts, webGraph } from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import * as node from '../src/platform/compression.ts'
import * as web from '../src/platform/compression.web.ts'
import { sha256Hex } from '../src/platform/hashing.web.ts'
import { startEmulator } from '../src/start-emulator.web.ts'
import { isAddress, isLoopbackHost } from '../src/support/addresses.ts'
import { decodeBase64, encodeBase64url, randomText } from '../src/support/encoded-text.ts'

const random = createRandom(7)
const bytes = (length: number): Buffer =>
  Buffer.from(Array.from({ length }, () => Math.floor(random() * 256)))
const texts = [
  ...oddTexts.map(([, text]) => text),
  '',
  'a',
  'approver@example.com',
  '\u{1f600}é\ufeff',
]

describe('what runtimes without Node.js load', () => {
  const files = webGraph(new URL('../src', import.meta.url).pathname, 'index.ts')

  it('imports no module of Node.js', () => {
    const packages = files.flatMap((file) => file.packages)
    expect([...new Set(packages)].sort()).toEqual(['@noble/hashes/sha2.js', 'hono', 'jose'])
  })

  it('names no global of Node.js without a look whether it is there', () => {
    const users = files.filter(({ code }) => /\bBuffer\b|(?<![\w.-])process\./.test(code))
    expect(users.map(({ path }) => path)).toEqual([])
  })

  it('has no emulator that listens, and says what to do', async () => {
    await expect(startEmulator()).rejects.toMatchObject({
      name: 'ConfigError',
      message: expect.stringContaining('no sockets'),
      hint: expect.stringContaining('createEmulator'),
    })
  })
})

describe('the parts for runtimes without Node.js', () => {
  it('hash as node:crypto does', () => {
    for (const text of texts) {
      expect(sha256Hex(text)).toBe(createHash('sha256').update(text).digest('hex'))
    }
  })

  it.each([0, 1, 1_000, 200_000])('compress and decompress %i bytes', async (length) => {
    const body = bytes(length)
    const chunks = [body.subarray(0, length >> 1), body.subarray(length >> 1)]
    expect(gunzipSync(await web.compressed(chunks, 'gzip')).equals(body)).toBe(true)
    expect(inflateSync(await web.compressed(chunks, 'deflate')).equals(body)).toBe(true)
    for (const [encoding, compress] of [
      ['gzip', gzipSync],
      ['deflate', deflateSync],
    ] as const) {
      for (const { decompressed } of [web, node]) {
        const stream = new Response(compress(body)).body ?? new ReadableStream()
        const result = await new Response(decompressed(stream, encoding)).arrayBuffer()
        expect(Buffer.from(result).equals(body)).toBe(true)
      }
    }
  })

  it('refuse Brotli with the remedy', async () => {
    const refusal = { name: 'ConfigError', hint: expect.stringContaining('gzip') }
    await expect(web.compressed([bytes(9)], 'br')).rejects.toMatchObject(refusal)
    const body = new Response(brotliCompressSync('x')).body ?? new ReadableStream()
    expect(() => web.decompressed(body, 'br')).toThrow('Brotli')
  })
})

describe('what needs no module of Node.js', () => {
  it('decodes base64 of either alphabet as Buffer does', () => {
    const encoded = Array.from({ length: 300 }, (_, index) => bytes(index % 40))
    const cases = [
      ...encoded.map((each) => each.toString('base64')),
      ...encoded.map((each) => each.toString('base64url')),
      ...texts,
      ...['A', 'AA=A', 'A A', '====', 'AB-_', 'AB+/', 'AAAAA', '%%%'],
    ]
    for (const each of cases) {
      expect(decodeBase64(each)).toBe(Buffer.from(each, 'base64').toString('utf8'))
    }
  })

  it('encodes base64url as Buffer does', () => {
    for (const text of texts) {
      expect(encodeBase64url(text)).toBe(Buffer.from(text).toString('base64url'))
    }
  })

  it.each(['base64', 'base64url', 'hex'] as const)('makes random text in %s', (encoding) => {
    const [one, other] = [randomText(33, encoding), randomText(33, encoding)]
    expect(one).not.toBe(other)
    expect(Buffer.from(one, encoding).toString(encoding)).toBe(one)
    expect(Buffer.from(one, encoding)).toHaveLength(33)
  })

  it.each([
    ...['127.0.0.1', '0.0.0.0', '255.255.255.255', '256.1.1.1', '01.2.3.4', '1.2.3', '1.2.3.4.'],
    ...['::', '::1', 'fe80::1%eth0', '::1%', '::ffff:1.2.3.4', '::ffff:01.2.3.4', '1::2::3'],
    ...[
      '12345::',
      '1:2:3:4:5:6:7:8',
      '1:2:3:4:5:6:7:8:9',
      'example.com',
      '',
      ' ::1',
      '::1]',
      '[::1]',
    ],
    ...['0x7f.1', '1.2.3.4.5', '1:2:3:4:5:6:1.2.3.4', '::1@::2', 'unknown', '1.2.3.4:80'],
  ])('takes %j for an address as node:net does', (text) => {
    expect(isAddress(text)).toBe(isIP(text) !== 0)
  })

  it.each([
    ['http://127.0.0.1', true],
    ['http://127.1', true],
    ['http://[::1]', true],
    ['http://[::ffff:127.0.0.9]', true],
    ['http://localhost', true],
    ['http://128.0.0.1', false],
    ['http://[::ffff:128.0.0.1]', false],
    ['http://[::127.0.0.1]', false],
    ['http://[64:ff9b::127.0.0.1]', false],
    ['http://127.0.0.1.example.com', false],
    ['http://localhost.example.com', false],
    ['http://127x0.0.1.com', false],
  ])('says of %s whether it is this computer: %s', (url, expected) => {
    expect(isLoopbackHost(new URL(url).hostname)).toBe(expected)
  })
})
