import { createHash, createHmac, randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createLineHash } from '../src/audit/line-hash.ts'

const key = randomBytes(32)
/** Around the length of a block, of the buffer that is kept, and beyond it; back to short ones afterwards. */
const lengths = [0, 1, 55, 56, 63, 64, 65, 450, 2_047, 2_048, 2_049, 5_000, 100_000, 3, 0]

describe('the hash of a line', () => {
  it('is the HMAC-SHA256 of its bytes, whatever came before', () => {
    const hashOf = createLineHash(key)
    for (const length of lengths) {
      const bytes = randomBytes(length)
      expect(hashOf(bytes)).toBe(createHmac('sha256', key).update(bytes).digest('hex'))
    }
  })

  it('is that of the UTF-8 bytes of a text', () => {
    const hashOf = createLineHash(key)
    for (const length of lengths) {
      const text = 'aé€😀'.repeat(length)
      expect(hashOf(text)).toBe(createHmac('sha256', key).update(text).digest('hex'))
      expect(hashOf(Buffer.from(text))).toBe(hashOf(text))
    }
  })

  it('differs with each byte of the key', () => {
    const hashes = Array.from({ length: 32 }, (_, index) => {
      const other = Buffer.from(key)
      other[index] = (other[index] ?? 0) ^ 1
      return createLineHash(other)('line')
    })
    expect(new Set([...hashes, createLineHash(key)('line')]).size).toBe(33)
  })

  it('is the SHA-256 without a key', () => {
    const bytes = randomBytes(450)
    expect(createLineHash(undefined)(bytes)).toBe(createHash('sha256').update(bytes).digest('hex'))
  })

  it('takes no key that HMAC would hash first', () => {
    expect(() => createLineHash(randomBytes(65))).toThrow(RangeError)
  })
})
