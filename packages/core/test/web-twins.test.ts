import { isUtf8 as nodeIsUtf8 } from 'node:buffer'
import { createHmac, hash, timingSafeEqual } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isUtf8, Buffer as WebBuffer } from '../src/platform/bytes.web.ts'
import * as web from '../src/platform/hashing.web.ts'
import * as values from '../src/platform/values.web.ts'

/** Texts of Latin-1: of others Node.js reads the lower byte of a letter as if it were a digit. */
const latin1 = fc.string({
  unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
})
const digits = fc.string({ unit: fc.constantFrom(...'0aFfgAZz9+/-_==\n \u00e9') })
const bytes = fc.uint8Array({ maxLength: 20_000 })
const encodings = ['utf8', 'latin1', 'hex', 'base64', 'base64url'] as const

function equal(one: Uint8Array, other: Uint8Array): undefined {
  expect(Buffer.from(one).toString('hex')).toBe(Buffer.from(other).toString('hex'))
}

function same(one: unknown, other: unknown): undefined {
  expect(one).toBe(other)
}

describe('the bytes of runtimes without Node.js', () => {
  it.each(encodings)('are read from texts in %s as Node.js reads them', (encoding) => {
    fc.assert(
      fc.property(fc.oneof(latin1, digits, fc.base64String()), (text) =>
        equal(WebBuffer.from(text, encoding), Buffer.from(text, encoding)),
      ),
      { numRuns: 2_000 },
    )
  })

  it.each(encodings)('are written as texts in %s as Node.js writes them', (encoding) => {
    fc.assert(
      fc.property(bytes, fc.nat(30), fc.nat(30), (given, start, end) => {
        const [ours, theirs] = [WebBuffer.from(given), Buffer.from(given)]
        expect(ours.toString(encoding)).toBe(theirs.toString(encoding))
        expect(ours.toString(encoding, start, end)).toBe(theirs.toString(encoding, start, end))
      }),
    )
  })

  it('hold any text in UTF-8, lone surrogates and byte order marks included', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('\ud800', '\ufeffa', '€'))
    fc.assert(
      fc.property(text, (given) => {
        equal(WebBuffer.from(given), Buffer.from(given))
        expect(WebBuffer.from(given).toString()).toBe(Buffer.from(given).toString())
        expect(WebBuffer.byteLength(given)).toBe(Buffer.byteLength(given))
      }),
    )
  })

  it('are UTF-8 or not, as Node.js says', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 8 }), (given) =>
        same(isUtf8(given), nodeIsUtf8(given)),
      ),
    )
  })

  it('are joined, cut, shared and written to as in Node.js', () => {
    const pieces = [Uint8Array.of(1, 2), Uint8Array.of(), Uint8Array.of(3, 4, 5)]
    equal(WebBuffer.concat(pieces), Buffer.concat(pieces))
    for (const size of [0, 3, 9]) equal(WebBuffer.concat(pieces, size), Buffer.concat(pieces, size))
    const shared = new ArrayBuffer(4)
    WebBuffer.from(shared, 1, 2)[0] = 7
    expect([...new Uint8Array(shared)]).toEqual([0, 7, 0, 0])
    const part = WebBuffer.from('abcdef').subarray(2, 4)
    expect([WebBuffer.isBuffer(part), part.toString()]).toEqual([true, 'cd'])
    const [ours, theirs] = [WebBuffer.alloc(6), Buffer.alloc(6)]
    expect(ours.write('00ff', 2, 'hex')).toBe(theirs.write('00ff', 2, 'hex'))
    expect(ours.write('\u00e9', 'latin1')).toBe(theirs.write('\u00e9', 'latin1'))
    equal(ours, theirs)
    expect(WebBuffer.isBuffer(new Uint8Array(1))).toBe(false)
  })
})

describe('the hashes of runtimes without Node.js', () => {
  it('are those of Node.js, of texts and bytes, in each form', () => {
    const data = fc.oneof(bytes, fc.string({ unit: 'binary' }))
    fc.assert(
      fc.property(data, fc.constantFrom('hex', 'base64url'), (given, encoding) =>
        same(web.hash('sha256', given, encoding), hash('sha256', given, encoding)),
      ),
    )
    expect(web.hash('sha256', 'abc')).toBe(hash('sha256', 'abc'))
  })

  it('are those of Node.js with a key, and given in pieces', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 100 }),
        fc.string(),
        bytes,
        (key, text, more) => {
          const theirs = createHmac('sha256', key).update(text).update(more).digest()
          equal(web.createHmac('sha256', key).update(text).update(more).digest(), theirs)
          expect(web.createHmac('sha256', key).update(text).update(more).digest('base64url')).toBe(
            theirs.toString('base64url'),
          )
        },
      ),
    )
  })

  it('are compared as in Node.js: those of other lengths are refused', () => {
    const pairs = [
      ['ab', 'ab'],
      ['ab', 'ac'],
      ['', ''],
      ['xb', 'ab'],
    ] as const
    for (const [one, other] of pairs) {
      const given = [Buffer.from(one), Buffer.from(other)] as const
      expect(web.timingSafeEqual(...given)).toBe(timingSafeEqual(...given))
    }
    expect(() => web.timingSafeEqual(Buffer.from('a'), Buffer.from('ab'))).toThrow(RangeError)
  })

  it('come with UUIDs of version 4', () => {
    expect(web.randomUUID()).toMatch(
      /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/,
    )
  })
})

describe('the values of runtimes without Node.js', () => {
  it('are equal where Node.js says so, for all of JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), fc.jsonValue({ maxDepth: 3 }), (one, other) => {
        expect(values.isDeepStrictEqual(one, other)).toBe(isDeepStrictEqual(one, other))
        expect(values.isDeepStrictEqual(one, structuredClone(one))).toBe(true)
      }),
    )
    for (const [one, other] of [
      [[], {}],
      [[1], { 0: 1 }],
      [{ a: undefined }, {}],
      [0, -0],
    ]) {
      expect(values.isDeepStrictEqual(one, other)).toBe(isDeepStrictEqual(one, other))
    }
  })

  it.each([
    ['at the top', new Proxy({}, {})],
    ['of a list', new Proxy([1], {})],
    ['inside', { a: [{ b: new Proxy({ c: 1 }, {}) }] }],
    ['that answers as a plain object', { a: new Proxy({}, { ownKeys: () => [] }) }],
  ])('show a proxy %s', (_where, value) => {
    expect(values.hidesProxy(value)).toBe(true)
  })

  it('hide no proxy where there is none', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => same(values.hidesProxy(value), false)))
    expect(values.hidesProxy(Object.assign(Object.create(null), { a: 1 }))).toBe(false)
  })
})
