import { describe, expect, it } from 'vitest'
import { jsonBody, KINDS, SIZES } from '../src/world/bodies.ts'

describe('a body of the bench', () => {
  const cases = KINDS.flatMap((kind) =>
    Object.entries(SIZES).map(([size, bytes]) => ({ kind, size, bytes })),
  )

  it.each(cases)(
    'of $size of $kind is JSON of that size, the same each time',
    ({ kind, bytes }) => {
      const text = jsonBody(kind, bytes)
      expect(JSON.parse(text).records.length).toBeGreaterThan(3)
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(bytes)
      expect(Buffer.byteLength(text)).toBeGreaterThan(bytes * 0.85)
      expect(jsonBody(kind, bytes) === text).toBe(true)
    },
  )

  it('has UUIDs in their form, and text beyond ASCII where it says so', () => {
    const [first] = JSON.parse(jsonBody('uuids', 1_024)).records
    expect(first.text[0]).toMatch(/^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/)
    expect(jsonBody('unicode', 1_024)).toMatch(/\P{ASCII}/u)
    expect(jsonBody('words', 1_024)).not.toMatch(/\P{ASCII}/u)
  })
})
