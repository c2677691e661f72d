/** Short enough to be one number. */
export const GRAM_LENGTH = 4
/** Any 16 characters hold a whole piece that begins at a multiple of this. */
export const GRAM_STEP = 12

/**
 * A set of 4-character pieces as bits (a Bloom filter with two bits for each piece): it may say yes by mistake, and
 * never says no by mistake. 4 KiB for a usual token; for the longest one, 256 KiB.
 */
export interface Grams {
  readonly bits: Uint8Array
  /** The number of bits less one; a power of two less one. */
  readonly mask: number
}

const MIN_BITS = 32_768
const BITS_PER_GRAM = 32

export function gramsOf(parts: readonly string[]): Grams {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  const size = Math.max(MIN_BITS, 2 ** Math.ceil(Math.log2(length * BITS_PER_GRAM + 1)))
  const grams = { bits: new Uint8Array(size / 8), mask: size - 1 }
  for (const part of parts) {
    for (let place = 0; place + GRAM_LENGTH <= part.length; place++) add(grams, part, place)
  }
  return grams
}

function add({ bits, mask }: Grams, text: string, place: number): void {
  const hash = hashOf(gramAt(text, place))
  for (const bit of [hash & mask, secondHash(hash) & mask]) {
    bits[bit >>> 3] = (bits[bit >>> 3] ?? 0) | (1 << (bit & 7))
  }
}

/** Whether the four characters may be in the set. They come as a number, as `gramAt` packs them. */
export function mayHaveGram({ bits, mask }: Grams, gram: number): boolean {
  const hash = hashOf(gram)
  const first = hash & mask
  if ((((bits[first >>> 3] ?? 0) >>> (first & 7)) & 1) === 0) return false
  const second = secondHash(hash) & mask
  return (((bits[second >>> 3] ?? 0) >>> (second & 7)) & 1) === 1
}

/** The low bytes of four characters, as `DataView.getInt32` reads them from Latin-1 (little-endian). */
export function gramAt(text: string, place: number): number {
  return (
    (text.charCodeAt(place) & 255) |
    ((text.charCodeAt(place + 1) & 255) << 8) |
    ((text.charCodeAt(place + 2) & 255) << 16) |
    ((text.charCodeAt(place + 3) & 255) << 24)
  )
}

/** Multiplication spreads the bits upwards only, so the upper half is folded down. */
function hashOf(gram: number): number {
  const mixed = Math.imul(gram, 0x9e3779b1)
  return mixed ^ (mixed >>> 15)
}

function secondHash(hash: number): number {
  return Math.imul(hash, 0x27d4eb2f) >>> 11
}
