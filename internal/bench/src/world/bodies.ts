/** What the text of an answer is made of. Guards read text, so its kind can change what they cost. */
export const KINDS = ['words', 'uuids', 'base64', 'numbers', 'unicode'] as const
export type BodyKind = (typeof KINDS)[number]

export const SIZES = { '1 KiB': 1_024, '64 KiB': 65_536, '1 MiB': 1_048_576 } as const

export type BodySize = keyof typeof SIZES

/** A JSON text of records, of at most `bytes` bytes and at least nine tenths of them. The same each time. */
export function jsonBody(kind: BodyKind, bytes: number): string {
  const random = createRandom()
  const records: string[] = []
  let length = Buffer.byteLength('{"records":[]}')
  for (;;) {
    const record = JSON.stringify({ id: records.length, text: texts[kind](random), ok: true })
    length += Buffer.byteLength(record) + 1
    if (length > bytes) break
    records.push(record)
  }
  return `{"records":[${records.join(',')}]}`
}

type Random = () => number

const WORDS = 'a the record was seen and told by agents of one team who read it and went on'.split(
  ' ',
)
const LETTERS = 'Grüße, 世界! Привет Αθήνα ✓ naïve café 🚀 שלום'.split(' ')

/** The client accepts 100 000 values, so a body of 1 MiB has long numbers. */
const texts: Readonly<Record<BodyKind, (random: Random) => unknown>> = {
  words: (random) => several(8, () => pick(random, WORDS)).join(' '),
  uuids: (random) => several(2, () => uuid(random)),
  base64: (random) => Buffer.from(bytesOf(random, 45)).toString('base64'),
  numbers: (random) => several(6, () => Math.round(random() * 1e15) / 1e6),
  unicode: (random) => several(4, () => pick(random, LETTERS)).join(' '),
}

function several<Value>(count: number, make: () => Value): Value[] {
  return Array.from({ length: count }, make)
}

function pick(random: Random, values: readonly string[]): string {
  return values[Math.floor(random() * values.length)] ?? ''
}

function bytesOf(random: Random, count: number): number[] {
  return several(count, () => Math.floor(random() * 256))
}

function uuid(random: Random): string {
  const hex = Buffer.from(bytesOf(random, 16)).toString('hex')
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join('-')
}

/** Numerical Recipes' generator: every run measures the same bytes. */
function createRandom(): Random {
  let state = 42
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
