import { hash } from 'node:crypto'
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { plantSecret } from '@authsec-internal/test-kit'
import { beforeEach, describe, expect, test } from 'vitest'
import { type AuditFolder, auditFolder, completed, KEY } from './support/audit-files.ts'
import { authsec, type Run, type RunOptions } from './support/run.ts'

beforeEach(() => plantSecret('the key of the chain', KEY))

interface Verified extends Run {
  readonly ok: boolean
  readonly logs: readonly Readonly<Record<string, unknown>>[]
}

async function verify(args: readonly string[], options: RunOptions = {}): Promise<Verified> {
  const run = await authsec(['audit', 'verify', '--json', ...args], options)
  return { ...run, ...JSON.parse(run.out) }
}

/** A closed log in several files. */
async function written(bench: AuditFolder, key?: string, count = 20): Promise<readonly string[]> {
  const before = bench.files()
  const audit = bench.open(key === undefined ? {} : { hashChain: { key } })
  for (let index = 0; index < count; index++) audit(completed({ callId: `call_${index}` }))
  await audit.close()
  return bench.files().filter((file) => !before.includes(file))
}

const swapped = ([a = '', b = '', c = '', ...rest]: string[]): string[] => [a, c, b, ...rest]

describe('authsec audit verify', () => {
  test('takes the files of one log, its folder, its name and a pattern, and says that it is whole', async () => {
    using bench = auditFolder()
    const files = await written(bench)
    expect(files.length).toBeGreaterThan(2)
    const given = [files, [bench.folder], [bench.path], [join(bench.folder, 'audit.*.jsonl')]]
    for (const paths of [...given, files.toReversed()]) {
      const { code, ok, logs } = await verify(paths)
      expect({ code, ok }).toEqual({ code: 0, ok: true })
      expect(logs).toMatchObject([{ ok: true, firstSeq: 0, closed: true, lost: 0, files }])
    }
    const { out } = await authsec(['audit', 'verify', basename(bench.path)], { cwd: bench.folder })
    expect(out).toMatch(/^whole {2}[\da-f]{8} {2}\d+ lines in \d files\n {2}end +closing line\n/)
    expect(out).toContain('neither a cut end nor a chain that was made anew is found')
  })

  test('verifies each log of a folder by itself, and leaves other files alone', async () => {
    using bench = auditFolder()
    await written(bench)
    await bench.clock.advance(1_000)
    const second = await written(bench)
    writeFileSync(join(bench.folder, 'notes.jsonl'), 'a note\n')
    expect((await verify([bench.folder])).logs).toMatchObject([{ ok: true }, { ok: true }])
    bench.edit(second[1], (lines) => lines.map((line) => line.replace('jo@', 'ann@')))
    const { code, logs } = await verify([bench.folder])
    expect(code).toBe(1)
    expect(logs).toMatchObject([{ ok: true }, { problem: 'edited', file: second[1], line: 2 }])
  })

  test.each([
    [
      'edited',
      (lines: string[]) => lines.map((line) => line.replace('"status":200', '"status":204')),
      2,
    ],
    ['missing', (lines: string[]) => lines.toSpliced(1, 1), 2],
    ['reordered', swapped, 2],
    ['foreign', (lines: string[]) => lines.toSpliced(1, 0, '{"version":1}'), 2],
    ['torn', (lines: string[]) => [...lines.slice(0, -2), lines.at(-2)?.slice(0, 40) ?? ''], 3],
  ])('finds a line that is %s, and names problem, file and line', async (problem, change, line) => {
    using bench = auditFolder()
    const files = await written(bench)
    const file = files.at(-1)
    bench.edit(file, change)
    const { code, logs } = await verify([bench.folder])
    expect(code).toBe(1)
    expect(logs).toMatchObject([{ ok: false, problem, file }])
    const { out } = await authsec(['audit', 'verify', bench.folder])
    expect(out).toMatch(
      new RegExp(
        `^${problem}  [\\da-f]{8}\n  where  .*, line \\d+\n  what   .*\n  means  .*\\.\n$`,
      ),
    )
    if (problem !== 'torn') expect(logs[0]?.['line']).toBe(line)
  })

  test('finds a file that was removed between two, and says what an earlier file that is gone means', async () => {
    using bench = auditFolder()
    const [first = '', second = '', ...rest] = await written(bench)
    const without = await verify([first, ...rest])
    expect(without).toMatchObject({ code: 1, logs: [{ problem: 'missing', file: rest[0] }] })
    rmSync(first)
    const { code, out } = await authsec(['audit', 'verify', bench.folder])
    expect(code).toBe(0)
    expect(out).toMatch(/begins {2}after \d+ lines that are not here/)
    rmSync(second)
    expect((await verify([bench.folder])).logs).toMatchObject([{ ok: true }])
  })

  test('finds a cut end with an anchor as text, as a file, as lines of a file and as a kept line', async () => {
    using bench = auditFolder()
    const files = await written(bench)
    const anchor = String((await verify([bench.folder])).logs[0]?.['anchor'])
    const [chain = '', seq = '', hashOfLine = ''] = anchor.split(':')
    const kept = { chain, seq: Number(seq), hash: hashOfLine }
    const file = join(bench.folder, 'anchor.json')
    const texts = [
      JSON.stringify(kept, undefined, 2),
      JSON.stringify([{ ...kept, seq: 0, hash: 'a'.repeat(64) }, kept]),
      `${JSON.stringify({ ...kept, seq: 1 })}\n${JSON.stringify(kept)}\n`,
      JSON.stringify({ version: 1, kind: 'log', outcome: 'closed', ...kept }),
    ]
    const checkAll = async (expected: object): Promise<void> => {
      for (const inline of [anchor, `${seq}:${hashOfLine}`]) {
        expect(await verify([bench.folder, '--anchor', inline])).toMatchObject(expected)
      }
      for (const text of texts) {
        writeFileSync(file, text)
        expect(await verify([bench.folder, '--anchor', file])).toMatchObject(expected)
      }
    }
    await checkAll({ code: 0, logs: [{ ok: true, hasAnchor: true }] })
    bench.edit(files.at(-1), (lines) => [...lines.slice(0, -2), ''])
    expect((await verify([bench.folder])).code).toBe(0)
    await checkAll({ code: 1, logs: [{ problem: 'truncated', file: files.at(-1) }] })
  })

  test('finds that a log is gone as a whole, or took another name of its chain, when an anchor names it', async () => {
    using bench = auditFolder()
    const files = await written(bench)
    const anchor = String((await verify([bench.folder])).logs[0]?.['anchor'])
    await bench.clock.advance(1_000)
    await written(bench)
    for (const file of files) rmSync(file)
    const { code, logs } = await verify([bench.folder, '--anchor', anchor])
    expect(code).toBe(1)
    expect(logs).toMatchObject([{ ok: true }, { ok: false, problem: 'missing', files: [] }])
  })

  test('takes the key from a variable, and finds a chain that was made anew without it', async () => {
    using bench = auditFolder()
    const files = await written(bench, KEY, 3)
    const options = { env: { AUDIT_KEY: KEY } }
    const paths = [bench.folder, '--key-env', 'AUDIT_KEY']
    expect(await verify(paths, options)).toMatchObject({ code: 0, logs: [{ hasKey: true }] })
    let before = ''
    bench.edit(files[0], (lines) =>
      lines
        .filter(Boolean)
        .map((line) => {
          const body = line
            .replace('jo@example.com', 'ann@example.com')
            .replace('hmac-sha256', 'sha256')
            .replace(/"prev":"[^"]*"/, () => `"prev":"${before}"`)
            .replace(/,"hash":"[^"]*"\}$/, '')
          before = hash('sha256', body)
          return `${body},"hash":"${before}"}`
        })
        .concat(''),
    )
    expect((await verify([bench.folder])).code).toBe(0)
    const { code, logs } = await verify(paths, options)
    expect(code).toBe(1)
    expect(logs).toMatchObject([{ problem: 'edited', line: 1 }])
    expect(String(logs[0]?.['message'])).toContain('It says that it has no key.')
  })

  test('says that a log without a chain cannot be verified', async () => {
    using bench = auditFolder()
    const audit = bench.open({ hashChain: false })
    audit(completed())
    await audit.close()
    expect(await verify([bench.folder])).toMatchObject({
      code: 1,
      logs: [{ problem: 'unchained' }],
    })
  })

  test('never takes an empty file, or one that is no log, for a whole log', async () => {
    using bench = auditFolder()
    const file = join(bench.folder, 'mine.jsonl')
    for (const text of ['', '\n', 'a note\n', '{}\n', '[1]\n', '\u0000']) {
      writeFileSync(file, text)
      expect((await verify([file])).code, JSON.stringify(text)).toBe(1)
    }
  })

  test('keeps what a terminal obeys out of its output', async () => {
    using bench = auditFolder()
    const file = join(bench.folder, 'a\u001b[2Jb.jsonl')
    writeFileSync(file, '{}\n')
    const { out } = await authsec(['audit', 'verify', file])
    // biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal would obey it
    expect(out).not.toMatch(/\u001b/)
  })

  test('finds a file that changed its name', async () => {
    using bench = auditFolder()
    const [first = '', second = ''] = await written(bench)
    renameSync(first, join(bench.folder, 'x'))
    renameSync(second, first)
    renameSync(join(bench.folder, 'x'), second)
    expect((await verify([bench.folder])).code).toBe(1)
  })
})

describe('A mistake on the command line of authsec audit verify', () => {
  const cases: readonly (readonly [string, (bench: AuditFolder) => readonly string[], string])[] = [
    ['no path', () => [], 'missing required argument'],
    [
      'a file that is not there',
      ({ folder }) => [join(folder, 'no.jsonl')],
      'is no file of an audit log',
    ],
    [
      'a folder that is not there',
      ({ folder }) => [join(folder, 'no/no')],
      'is no file of an audit log',
    ],
    [
      'a folder without a log',
      ({ folder }) => [join(folder, 'empty')],
      'is no file of an audit log',
    ],
    [
      'a pattern that fits nothing',
      ({ folder }) => [join(folder, '*.log')],
      'is no file of an audit log',
    ],
    ['a device', () => ['/dev/null'], 'is no file of an audit log'],
    ['a log with a key, and none', ({ folder }) => [folder], '--key-env NAME'],
    [
      'a variable that is not set',
      ({ folder }) => [folder, '--key-env', 'NO_KEY'],
      '--key-env must be the name',
    ],
    ['the key itself', ({ folder }) => [folder, '--key-env', KEY], '--key-env must be the name'],
    [
      'a blank variable',
      ({ folder }) => [folder, '--key-env', 'BLANK'],
      '--key-env must be the name',
    ],
    [
      'a name of every object',
      ({ folder }) => [folder, '--key-env', 'constructor'],
      '--key-env must be the name',
    ],
    ['a key that is none', ({ folder }) => [folder, '--key-env', 'SHORT'], '32 random bytes'],
    [
      'an anchor that is no file',
      ({ folder }) => [folder, '--anchor', 'no.json'],
      '--anchor is neither',
    ],
    [
      'an anchor that is cut',
      ({ folder }) => [folder, '--anchor', '17:abcd'],
      '--anchor is neither',
    ],
    [
      'a file without an anchor',
      ({ folder }) => [folder, '--anchor', join(folder, 'bad.json')],
      'is not { chain, seq, hash }',
    ],
    [
      'an empty file of anchors',
      ({ folder }) => [folder, '--anchor', join(folder, 'blank.json')],
      'is empty',
    ],
  ]
  test.each(cases)('such as %s, ends with 2 and shows no key', async (_what, args, sentence) => {
    using bench = auditFolder()
    await written(bench, KEY, 2)
    mkdirSync(join(bench.folder, 'empty'))
    writeFileSync(join(bench.folder, 'bad.json'), '{"seq":1}')
    writeFileSync(join(bench.folder, 'blank.json'), '\n')
    const env = { AUDIT_KEY: KEY, BLANK: ' ', SHORT: 'abc' }
    const { code, out, err } = await authsec(['audit', 'verify', ...args(bench)], { env })
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain(sentence)
  })

  test('is an anchor without a chain for several logs', async () => {
    using bench = auditFolder()
    await written(bench)
    await bench.clock.advance(1_000)
    await written(bench)
    const args = ['audit', 'verify', bench.folder, '--anchor', `3:${'a'.repeat(64)}`]
    expect(await authsec(args)).toMatchObject({ code: 2, out: '' })
  })
})
