import { hash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createRandom, pick, rejection } from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import { verifyLines } from '../src/audit/verify-log.ts'
import {
  type AuditHead,
  type AuditVerification,
  verifyAuditFile,
  verifyAuditLog,
} from '../src/audit.ts'
import { fileBench, listBench } from './support/audit-bench.ts'
import { completed } from './support/completed-call.ts'
import { storeDirectory } from './support/store-directory.ts'

const KEY = Buffer.from(Array.from({ length: 32 }, (_, index) => index * 7)).toString('base64url')
const OTHER_KEY = Buffer.from(Array.from({ length: 32 }, (_, index) => 255 - index)).toString(
  'base64url',
)
const SEED = Number(process.env['AUDIT_SEED'] ?? 20_261_127)

interface Log {
  readonly lines: readonly string[]
  readonly head: AuditHead
}

async function writtenLog(count: number, key?: string): Promise<Log> {
  const { audit, lines } = listBench({ hashChain: key === undefined ? true : { key } })
  for (let index = 0; index < count; index++) audit(completed(`call_${index}é`))
  const head = audit.head()
  if (!head) throw new Error('A log with lines has a head.')
  return { lines, head }
}

/** As a file has them: bytes, and a newline after each line. */
async function verifyBytes(
  bytes: Uint8Array,
  options: { key?: string; anchor?: AuditHead } = {},
): Promise<AuditVerification> {
  async function* lines() {
    let start = 0
    for (;;) {
      const end = bytes.indexOf(10, start)
      if (end < 0) break
      yield { bytes: bytes.subarray(start, end), isEnded: true }
      start = end + 1
    }
    if (start < bytes.length) yield { bytes: bytes.subarray(start), isEnded: false }
  }
  return verifyLines(lines(), options)
}

const bytesOf = (lines: readonly string[]): Buffer =>
  Buffer.from(lines.map((line) => `${line}\n`).join(''))

const without = <T>(items: readonly T[], at: number, count = 1): T[] => items.toSpliced(at, count)

describe('a log that was not altered', () => {
  it.each([
    ['without a key', undefined],
    ['with a key', KEY],
  ])('verifies %s, line by line and as bytes', async (_how, key) => {
    const { lines, head } = await writtenLog(9, key)
    const options = { ...(key && { key }), anchor: head }
    const expected = { ok: true, lines: 10, head, closed: false, lost: 0 }
    expect(await verifyAuditLog(lines, options)).toEqual(expected)
    expect(await verifyBytes(bytesOf(lines), options)).toEqual(expected)
  })

  it('verifies with an anchor that it has outgrown', async () => {
    const { audit, lines } = listBench()
    audit(completed())
    const anchor = audit.head()
    audit(completed())
    expect(await verifyAuditLog(lines, { anchor })).toMatchObject({ ok: true, lines: 3 })
  })

  it('says that it is closed', async () => {
    const { audit, lines } = listBench()
    audit(completed())
    await audit.close()
    expect(await verifyAuditLog(lines)).toMatchObject({ ok: true, closed: true })
  })

  it('is refused without the key that it names: a forgotten key is no tampering', async () => {
    const { lines } = await writtenLog(2, KEY)
    expect(await rejection(verifyAuditLog(lines))).toMatchObject({
      name: 'ConfigError',
      code: 'config_invalid',
    })
  })
})

/** How a log is altered, and what is found where. Lines count from 0. */
type Change = (lines: readonly string[], random: () => number) => Altered
interface Altered {
  readonly bytes: Buffer
  readonly line: number
  readonly problem: string | RegExp
}

const place = (random: () => number, length: number): number => Math.floor(random() * length)

function byteChange(alter: (bytes: Buffer, at: number, random: () => number) => Buffer): Change {
  return (lines, random) => {
    const bytes = bytesOf(lines)
    const at = place(random, bytes.length)
    const line = bytes.subarray(0, at).filter((byte) => byte === 10).length
    return { bytes: alter(bytes, at, random), line, problem: /^(edited|torn|truncated)$/ }
  }
}

const changes: Readonly<Record<string, Change>> = {
  replacedByte: byteChange((bytes, at, random) => {
    const copy = Buffer.from(bytes)
    copy[at] = ((copy[at] ?? 0) + 1 + place(random, 255)) % 256
    return copy
  }),
  flippedBit: byteChange((bytes, at, random) => {
    const copy = Buffer.from(bytes)
    copy[at] = (copy[at] ?? 0) ^ (1 << place(random, 8))
    return copy
  }),
  removedByte: byteChange((bytes, at) =>
    Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]),
  ),
  addedByte: byteChange((bytes, at, random) =>
    Buffer.concat([bytes.subarray(0, at), Buffer.from([place(random, 256)]), bytes.subarray(at)]),
  ),
  editedField(lines, random) {
    const line = place(random, lines.length)
    const edit = pick(random, ['"seq":', '"time":"', '"version":', '"chain":"'])
    const text = lines[line]?.replace(edit, `${edit}1`) ?? ''
    return { bytes: bytesOf(lines.with(line, text)), line, problem: 'edited' }
  },
  deletedLines(lines, random) {
    const line = place(random, lines.length)
    const count = Math.min(lines.length - line, 1 + place(random, 3))
    const isTail = line + count === lines.length
    const bytes = bytesOf(without(lines, line, count))
    return { bytes, line, problem: isTail ? 'truncated' : 'missing' }
  },
  swappedLines(lines, random) {
    const line = place(random, lines.length - 1)
    const other = line + 1 + place(random, lines.length - 1 - line)
    const swapped = lines.with(line, lines[other] ?? '').with(other, lines[line] ?? '')
    // The first line has to be one that opens a file.
    return { bytes: bytesOf(swapped), line, problem: line === 0 ? 'missing' : 'reordered' }
  },
  repeatedLine(lines, random) {
    const from = place(random, lines.length)
    const line = from + 1 + place(random, lines.length - from)
    const bytes = bytesOf(lines.toSpliced(line, 0, lines[from] ?? ''))
    return { bytes, line, problem: 'reordered' }
  },
  insertedLine(lines, random) {
    const line = 1 + place(random, lines.length - 1)
    const text = pick(random, [
      '',
      '{}',
      'x',
      (lines[line] ?? '').replace('"version":1', '"version":2'),
    ])
    return { bytes: bytesOf(lines.toSpliced(line, 0, text)), line, problem: 'foreign' }
  },
  cutTail(lines, random) {
    const bytes = bytesOf(lines)
    const at = place(random, bytes.length)
    const line = bytes.subarray(0, at).filter((byte) => byte === 10).length
    return { bytes: bytes.subarray(0, at), line, problem: 'truncated' }
  },
}

describe('a log that was altered at random', () => {
  it.each([
    ['10 000 times without a key', 10_000, undefined],
    ['2 000 times with a key', 2_000, KEY],
  ])('is found out, with the place, %s', async (_how, runs, key) => {
    const { lines, head } = await writtenLog(11, key)
    const options = { ...(key && { key }), anchor: head }
    const random = createRandom(SEED)
    const names = Object.keys(changes)
    for (let run = 0; run < runs; run++) {
      const name = names[run % names.length] ?? ''
      const altered = changes[name]?.(lines, random)
      if (!altered) throw new Error('There is no such change.')
      if (altered.bytes.equals(bytesOf(lines))) continue
      const result = await verifyBytes(altered.bytes, options).catch((error: unknown) => error)
      expect(result, `${name}, seed ${SEED}, run ${run}`).toMatchObject({
        ok: false,
        line: altered.line + 1,
        problem:
          typeof altered.problem === 'string'
            ? altered.problem
            : expect.stringMatching(altered.problem),
      })
    }
  })
})

describe('what a chain does not show', () => {
  it('is a tail that was cut off, without an anchor', async () => {
    const { lines, head } = await writtenLog(5)
    const cut = lines.slice(0, 3)
    expect(await verifyAuditLog(cut)).toMatchObject({ ok: true, lines: 3, closed: false })
    expect(await verifyAuditLog(cut, { anchor: head })).toMatchObject({
      ...{ ok: false, line: 4, problem: 'truncated' },
    })
  })

  it('is a chain that was made anew without a key; an anchor shows it, and so does the key', async () => {
    const written = await writtenLog(5)
    const forged = await writtenLog(5)
    const chain = (line: string): string => line.replaceAll(forged.head.chain, written.head.chain)
    expect(await verifyAuditLog(forged.lines)).toMatchObject({ ok: true })
    expect(await verifyAuditLog(forged.lines, { anchor: written.head })).toMatchObject({
      ...{ ok: false, line: 1, problem: 'foreign' },
    })
    expect(await verifyAuditLog(forged.lines.map(chain))).toMatchObject({ problem: 'edited' })
    expect(await verifyAuditLog(forged.lines, { key: KEY })).toMatchObject({
      ...{ ok: false, line: 1, problem: 'edited' },
    })
  })

  it('is nothing with a key: another key finds the first line edited', async () => {
    const { lines } = await writtenLog(3, KEY)
    expect(await verifyAuditLog(lines, { key: OTHER_KEY })).toMatchObject({
      ...{ ok: false, line: 1, problem: 'edited', message: expect.stringContaining('key') },
    })
  })
})

describe('a line that was made anew together with its hash', () => {
  it.each([2, 5, 8])('is found by the line after it: line %i', async (line) => {
    const { lines } = await writtenLog(9)
    const body = (lines[line - 1] ?? '').replace(/,"hash":"[0-9a-f]{64}"\}$/, '')
    const forged = body.replace('"status":200', '"status":404')
    const altered = lines.with(line - 1, `${forged},"hash":"${hash('sha256', forged)}"}`)
    expect(await verifyAuditLog(altered)).toMatchObject({ ok: false, line, problem: 'edited' })
  })

  it('is not found when it is the last one, except with a key or an anchor', async () => {
    for (const key of [undefined, KEY]) {
      const { lines, head } = await writtenLog(3, key)
      const forged = (lines[3] ?? '').replace(/,"hash".*/, '').replace('200', '404')
      const altered = lines.with(3, `${forged},"hash":"${hash('sha256', forged)}"}`)
      const options = key === undefined ? {} : { key }
      expect(await verifyAuditLog(altered, options)).toMatchObject({ ok: key === undefined })
      const anchored = await verifyAuditLog(altered, { ...options, anchor: head })
      expect(anchored).toMatchObject({ ok: false, line: 4, problem: 'edited' })
    }
  })
})

describe('a line of another log', () => {
  it('is foreign, although its own hash is right', async () => {
    const [one, two] = [await writtenLog(4, KEY), await writtenLog(4, KEY)]
    const mixed = one.lines.with(2, two.lines[2] ?? '')
    expect(await verifyAuditLog(mixed, { key: KEY })).toMatchObject({
      ...{ ok: false, line: 3, problem: 'foreign' },
    })
  })
})

describe('a last line that is incomplete', () => {
  it('is torn, as after a crash; with an anchor that had it whole it is truncated', async () => {
    const { lines, head } = await writtenLog(3)
    const whole = bytesOf(lines)
    for (const cut of [1, 10, 76, 200]) {
      const bytes = whole.subarray(0, whole.length - cut)
      expect(await verifyBytes(bytes)).toMatchObject({ ok: false, line: 4, problem: 'torn' })
      expect(await verifyBytes(bytes, { anchor: head })).toMatchObject({ problem: 'truncated' })
    }
    const zeros = Buffer.concat([whole, Buffer.alloc(512)])
    expect(await verifyBytes(zeros)).toMatchObject({ ok: false, line: 5, problem: 'torn' })
    const text = lines.with(-1, lines.at(-1)?.slice(0, -3) ?? '')
    expect(await verifyAuditLog(text)).toMatchObject({ ok: false, line: 4, problem: 'torn' })
  })
})

describe('a file', () => {
  it('is verified byte for byte, also alone when it goes on from another one', async () => {
    using bench = fileBench({ maxBytes: 4_096 })
    for (let index = 0; index < 30; index++) bench.audit(completed(`call_${index}`))
    await bench.audit.close()
    const files = bench.files()
    expect(files.length).toBeGreaterThan(3)
    const anchor = bench.audit.head()
    expect(await verifyAuditFile(files, { anchor })).toMatchObject({ ok: true, closed: true })
    const heads: AuditHead[] = []
    for (const file of files) {
      const result = await verifyAuditFile(file)
      expect(result).toMatchObject({ ok: true, closed: true, file })
      if (result.ok) heads.push(result.head)
    }
    const [first, second = ''] = files
    expect(await verifyAuditFile(second, { anchor: heads[0] })).toMatchObject({ ok: true })
    expect(
      await verifyAuditFile(second, { anchor: { ...heads[1], hash: heads[0]?.hash } as AuditHead }),
    ).toMatchObject({ ok: false, problem: 'edited' })
    const gap = without(files, 1)
    expect(await verifyAuditFile(gap)).toMatchObject({
      ...{ ok: false, line: 1, file: files[2], problem: 'missing' },
    })
    expect(await verifyAuditFile([second, first ?? ''])).toMatchObject({ problem: 'reordered' })
  })

  it('that has a byte which is no UTF-8 is edited', async () => {
    using directory = storeDirectory()
    const { audit, lines } = listBench()
    audit({ ...completed(), user: 'a\u{fffd}b' } as never)
    const bytes = bytesOf(lines)
    const at = bytes.indexOf(Buffer.from('\u{fffd}'))
    const path = join(directory.path, 'a.jsonl')
    writeFileSync(
      path,
      Buffer.concat([bytes.subarray(0, at), Buffer.from([255]), bytes.subarray(at + 3)]),
    )
    expect(await verifyAuditFile(path)).toMatchObject({ ok: false, line: 2, problem: 'edited' })
    writeFileSync(path, bytes)
    expect(await verifyAuditFile(path)).toMatchObject({ ok: true, lines: 2 })
  })

  it('that is empty is truncated; one with a line without an end is read within bounds', async () => {
    using directory = storeDirectory()
    const path = join(directory.path, 'a.jsonl')
    writeFileSync(path, '')
    expect(await verifyAuditFile(path)).toMatchObject({ ok: false, line: 1, problem: 'truncated' })
    writeFileSync(path, Buffer.alloc(5_000_000, 'x'))
    expect(await verifyAuditFile(path)).toMatchObject({ ok: false, line: 1 })
  })

  it('that cannot be read is a mistake of the caller', async () => {
    using directory = storeDirectory()
    for (const path of [join(directory.path, 'none'), directory.path]) {
      expect(await rejection(verifyAuditFile(path))).toMatchObject({
        ...{ name: 'ConfigError', code: 'config_invalid', systemCode: expect.any(String) },
      })
    }
    for (const wrong of ['', [], 7 as never]) {
      expect(await rejection(verifyAuditFile(wrong))).toMatchObject({ name: 'ConfigError' })
    }
  })
})

describe('the options of a verification', () => {
  it.each([
    [{ key: 'short' }, /key/],
    [{ anchor: { seq: 1 } }, /anchor.chain/],
    [{ anchor: { chain: 'x', seq: -1, hash: '0' } }, /anchor.seq/],
    [{ ancor: {} }, /did you mean "anchor"/],
  ])('are refused when they are wrong: %j', async (options, message) => {
    const error = await rejection(verifyAuditLog([], options as never))
    expect(error).toMatchObject({ name: 'ConfigError', message: expect.stringMatching(message) })
  })
})
