import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { webGraph } from '@authsec-internal/test-kit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as node from '../src/platform/base64url.ts'
import * as web from '../src/platform/base64url.web.ts'
import { hash } from '../src/platform/hashing.web.ts'
import { importRsaKey } from '../src/platform/rsa-keys.web.ts'

const text = fc.string({ unit: 'binary', maxLength: 300 })
const almostBase64url = fc.oneof(
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('base64url')),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('base64')),
  fc.string({ unit: fc.constantFrom(...'AEIQgw048-_+/= \n.é'), maxLength: 9 }),
)

describe('what runtimes without Node.js load', () => {
  const source = new URL('../src', import.meta.url).pathname
  const files = webGraph(source, 'index.ts')

  it('imports no module of Node.js and no package but a hash that is built in', () => {
    const packages = files.flatMap((file) => file.packages)
    expect([...new Set(packages)]).toEqual(['@noble/hashes/sha2.js'])
  })

  it('names no global of Node.js without a look whether it is there', () => {
    const users = files.filter(({ code }) => /\bBuffer\b|(?<![\w.-])process\./.test(code))
    expect(users.map(({ path }) => path)).toEqual([])
  })
})

describe('the parts for runtimes without Node.js', () => {
  it('hash as node:crypto does', () => {
    fc.assert(
      fc.property(text, fc.constantFrom('hex' as const, 'base64' as const), (value, encoding) => {
        const expected = createHash('sha256').update(value).digest(encoding)
        expect(hash('sha256', value, encoding)).toBe(expected)
      }),
    )
  })

  it('read base64url as strictly as those with Buffer', () => {
    fc.assert(
      fc.property(fc.oneof(almostBase64url, text), (value) => {
        const expected = node.fromBase64url(value)
        expect(web.fromBase64url(value)).toEqual(expected && new Uint8Array(expected))
      }),
      { numRuns: 5_000 },
    )
  })

  it.each(['AA', 'AB', 'AAA', 'AAB', 'A', '', 'AA==', 'A+A=', 'A-_A', 'AA\n'])(
    'agree about %j',
    (value) => {
      const expected = node.fromBase64url(value)
      expect(web.fromBase64url(value)).toEqual(expected && new Uint8Array(expected))
    },
  )

  it('verify a signature of the key and no other', async () => {
    const [own, other] = [keyPair(), keyPair()]
    const signed = web.fromAscii('header.payload')
    const signature = new Uint8Array(sign('sha256', signed, own.privateKey))
    const verifies = await importRsaKey(own.n, own.e)
    expect(await verifies(signed, signature)).toBe(true)
    expect(await verifies(web.fromAscii('header.payloae'), signature)).toBe(false)
    expect(await verifies(signed, signature.slice(1))).toBe(false)
    expect(await verifies(signed, new Uint8Array())).toBe(false)
    const otherVerifies = await importRsaKey(other.n, other.e)
    expect(await otherVerifies(signed, signature)).toBe(false)
  })

  it.each([
    ['no number', '', 'AQAB'],
    ['an exponent of nothing', keyPair().n, ''],
    ['a text that is no base64url', '%', 'AQAB'],
  ])('let a key of %s verify nothing', async (_, n, e) => {
    const verifies = await importRsaKey(n, e)
    expect(await verifies(web.fromAscii('a.b'), new Uint8Array(256))).toBe(false)
  })
})

function keyPair(): { privateKey: KeyObject; n: string; e: string } {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const { n = '', e = '' } = publicKey.export({ format: 'jwk' })
  return { privateKey, n, e }
}
