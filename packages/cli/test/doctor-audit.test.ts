import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { plantSecret } from '@authsec-internal/test-kit'
import { describe, expect, test } from 'vitest'
import { type AuditFolder, auditFolder, completed, KEY } from './support/audit-files.ts'
import { authsec, doctor } from './support/run.ts'

const HOUR = 3_600_000
const env = { AUTHSEC_MODE: 'auto', AUDIT_KEY: KEY }

/** Writes a log whose last line is so old, and which is still open. */
function written(bench: AuditFolder, ageMs = 0, options: object = {}): void {
  bench.clock.jump(Date.now() - ageMs - bench.clock.now())
  const audit = bench.open(options)
  for (let index = 0; index < 20; index++) audit(completed({ time: new Date(bench.clock.now()) }))
}

async function found(path: string, more: readonly string[] = []) {
  return doctor(['--audit', path, ...more], { env, cwd: path.replace(/\/[^/]*$/, '') })
}

describe('The doctor, about an audit log', () => {
  test('is silent about one that is being written, by folder, name and file', async () => {
    using bench = auditFolder()
    written(bench)
    for (const path of [bench.folder, bench.path, ...bench.files().slice(-1)]) {
      const { codes, facts, code } = await found(path)
      expect({ codes, code }).toEqual({ codes: [], code: 0 })
      expect(facts['audit']).toMatchObject({ chain: 'verified', closed: false, lost: 0 })
      expect(facts['audit']).toMatchObject({ newest: bench.files().at(-1), minutesAgo: 0 })
    }
  })

  test('is silent about a log without a chain, and about one with a key, given or not', async () => {
    plantSecret('the key of the chain', KEY)
    using keyed = auditFolder()
    written(keyed, 0, { hashChain: { key: KEY } })
    const without = await found(keyed.folder)
    expect(without.codes).toEqual([])
    expect(without.facts['audit']).toMatchObject({ chain: expect.stringMatching(/not verified/) })
    const verified = await found(keyed.folder, ['--audit-key-env', 'AUDIT_KEY'])
    expect(verified.facts['audit']).toMatchObject({ chain: 'verified' })
    using plain = auditFolder()
    written(plain, 0, { hashChain: false })
    expect(await found(plain.folder)).toMatchObject({
      codes: [],
      facts: { audit: { chain: 'none' } },
    })
  })

  test('looks at none without --audit', async () => {
    const { codes, facts } = await doctor([], { env })
    expect(codes).toEqual([])
    expect(facts).not.toHaveProperty('audit')
  })

  test('finds audit_missing where there is no folder, no file, or a file of another name only', async () => {
    using bench = auditFolder()
    expect((await found(join(bench.folder, 'no/audit.jsonl'))).codes).toEqual(['audit_missing'])
    expect((await found(bench.folder)).codes).toEqual(['audit_missing'])
    written(bench)
    expect((await found(join(bench.folder, 'other.jsonl'))).codes).toEqual(['audit_missing'])
    mkdirSync(join(bench.folder, 'empty'))
    const { findings } = await found(join(bench.folder, 'empty'))
    expect(findings).toMatchObject([{ code: 'audit_missing', severity: 'error' }])
  })

  test('finds audit_unwritable for a folder that is a file, or that every user may write', async () => {
    using bench = auditFolder()
    written(bench)
    writeFileSync(join(bench.folder, 'file'), '')
    const inFile = await found(join(bench.folder, 'file/audit.jsonl'))
    expect(inFile.codes).toEqual(['audit_unwritable'])
    chmodSync(bench.folder, 0o777)
    expect((await found(bench.folder)).codes).toEqual(['audit_unwritable'])
    expect((await found(bench.path)).codes).toEqual(['audit_unwritable'])
    chmodSync(bench.folder, 0o1777)
    expect((await found(bench.path)).codes).toEqual(['audit_unwritable'])
  })

  test('finds audit_unwritable, and no fault of its own, for a path that no file can have', async () => {
    using bench = auditFolder()
    symlinkSync(join(bench.folder, 'loop'), join(bench.folder, 'loop'))
    for (const [path, cause] of [
      ['a'.repeat(5_000), /ENAMETOOLONG/],
      ['loop', /ELOOP/],
      ['loop/audit.jsonl', /ELOOP/],
    ] as const) {
      const { findings } = await found(join(bench.folder, path))
      expect(findings).toMatchObject([{ code: 'audit_unwritable' }])
      expect(findings[0]?.cause).toMatch(cause)
    }
  })

  const breakages: readonly (readonly [string, (file: string, bench: AuditFolder) => void])[] = [
    ['is empty', (file) => truncateSync(file)],
    ['is torn', (file) => truncateSync(file, 700)],
    ['has a line of something else', (file) => appendFileSync(file, 'a note\n')],
    [
      'was edited',
      (file, { edit }) => edit(file, (all) => all.map((line) => line.replace('jo@', 'ann@'))),
    ],
    ['lacks a line', (file, { edit }) => edit(file, (all) => all.toSpliced(1, 1))],
  ]
  test.each(breakages)('finds audit_broken when the newest file %s', async (_how, damage) => {
    using bench = auditFolder()
    written(bench, 0)
    const file = bench.files().at(-1) ?? ''
    damage(file, bench)
    const { codes, findings } = await found(bench.folder)
    expect(codes).toEqual(['audit_broken'])
    expect(findings[0]?.cause).toContain(file)
  })

  test('finds audit_broken for a torn line that no chain or key could show', async () => {
    for (const options of [{ hashChain: false }, { hashChain: { key: KEY } }]) {
      using bench = auditFolder()
      written(bench, 0, options)
      truncateSync(bench.files().at(-1) ?? '', 700)
      expect((await found(bench.folder)).codes).toEqual(['audit_broken'])
    }
  })

  test.each([
    [23.9, []],
    [24.2, ['audit_stale']],
    [24 * 400, ['audit_stale']],
    [-48, []],
  ])('judges a last record that is %d hours old', async (hours, codes) => {
    using bench = auditFolder()
    written(bench, hours * HOUR)
    const { findings } = await found(bench.folder)
    expect(findings.map(({ code }) => code)).toEqual(codes)
    for (const { severity } of findings) expect(severity).toBe('warning')
  })

  test.each([
    ['--audit-key-env', 'AUDIT_KEY'],
    ['--audit', '.', '--audit-key-env', 'NO_KEY'],
    ['--audit', '.', '--audit-key-env', KEY],
  ])('ends with 2 for a key that cannot be used: %s %s', async (...args) => {
    plantSecret('the key of the chain', KEY)
    expect(await authsec(['doctor', ...args], { env })).toMatchObject({ code: 2, out: '' })
  })
})
