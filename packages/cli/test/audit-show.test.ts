import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type AuthSecEvent, createAuthSecClientFromEnv } from '@authsec/core'
import { describe, expect, test } from 'vitest'
import { type AuditFolder, auditFolder, completed } from './support/audit-files.ts'
import { authsec, type RunOptions } from './support/run.ts'

const approval = {
  code: 'K7M2QX',
  approver: 'lee@example.com',
  decidedAt: new Date(Date.UTC(2026, 10, 23, 12)),
  waitedMs: 18_250,
}
const refused: Partial<AuthSecEvent> = { type: 'request.failed' }

/** A read, an approved write, a refusal by a rule and by the API, a denied question, and another run. */
async function written(bench: AuditFolder): Promise<void> {
  const audit = bench.open()
  audit({ type: 'client.created', mode: 'live', client: 'cid_01234567' } as AuthSecEvent)
  audit(completed())
  audit(completed({ tool: 'delete_customer', method: 'DELETE', status: 204, approval }))
  audit(completed({ ...refused, code: 'permission_missing', attempts: 0, status: undefined }))
  audit(completed({ status: 403 }))
  const question = { code: 'AAAAAA', approver: 'lee@example.com', durationMs: 5 }
  const settled = { type: 'approval.settled', channel: 'ciba', ...question }
  audit(completed({ ...settled, outcome: 'approval_denied', status: undefined }))
  audit(completed({ run: 'run_2', user: 'ann@example.com', client: 'cid_76543210' }))
  await audit.close()
}

async function show(args: readonly string[], options: RunOptions = {}) {
  const run = await authsec(['audit', 'show', ...args], options)
  const [head = '', ...rows] = run.out.trimEnd().split('\n')
  return { ...run, head, rows: rows.map((row) => row.split(/ {2,}/)) }
}

describe('authsec audit show', () => {
  test('is a table of who called what, with which permission, approved by whom', async () => {
    using bench = auditFolder()
    await written(bench)
    const { code, head, rows } = await show([bench.folder])
    expect(code).toBe(0)
    expect(head).toMatch(/^time +who +tool +call +permission +approved by +outcome$/)
    const time = '2026-11-23T12:00:00.000Z'
    const [who, call] = ['jo@example.com (cid_01234567)', 'GET vault: records/{id}']
    const tool = 'get_record'
    expect(rows).toEqual([
      [time, who, tool, call, 'vault:read', '-', 'completed 200'],
      [
        time,
        who,
        'delete_customer',
        'DELETE vault: records/{id}',
        'vault:read',
        'lee@example.com',
        'completed 204',
      ],
      [time, who, tool, call, 'vault:read', '-', 'refused permission_missing'],
      [time, who, tool, call, 'vault:read', '-', 'completed 403'],
      [time, who, tool, call, 'vault:read', '-', 'approval denied AAAAAA'],
      [time, 'ann@example.com (cid_76543210)', tool, call, 'vault:read', '-', 'completed 200'],
    ])
  })

  test.each([
    [['--refused'], ['refused permission_missing', 'completed 403', 'approval denied AAAAAA']],
    [['--approved'], ['completed 204']],
    [['--run', 'run_2'], ['completed 200']],
    [['--who', 'ann@example.com'], ['completed 200']],
    [['--who', 'cid_76543210'], ['completed 200']],
    [['--who', 'ann@example.com', '--run', 'run_1'], []],
    [['--refused', '--approved'], []],
    [['--who', 'ANN@example.com'], []],
  ])('with %j leaves out the rest', async (filters, outcomes) => {
    using bench = auditFolder()
    await written(bench)
    const { code, rows } = await show([bench.folder, ...filters])
    expect(code).toBe(0)
    expect(rows.map((cells) => cells.at(-1))).toEqual(outcomes)
    const { out } = await authsec(['audit', 'show', bench.folder, '--json', ...filters])
    expect(out.split('\n').filter(Boolean)).toHaveLength(outcomes.length)
  })

  test('prints the records as JSON lines', async () => {
    using bench = auditFolder()
    await written(bench)
    const { out } = await authsec(['audit', 'show', bench.path, '--json', '--approved'])
    expect(JSON.parse(out)).toMatchObject({
      kind: 'call',
      approval: { approver: 'lee@example.com' },
    })
  })

  test('says that nothing fits to a person, and prints nothing to a program', async () => {
    using bench = auditFolder()
    await written(bench)
    const args = [bench.folder, '--run', 'none']
    expect((await show(args, { isTerminal: true })).out).toBe('No record fits.\n')
    expect((await show(args)).out).toBe('')
  })

  test('colours what was refused, at a terminal with colours alone', async () => {
    using bench = auditFolder()
    await written(bench)
    const { out } = await show([bench.folder, '--refused'], { hasColor: true })
    expect(out).toContain('\u001b[31m2026-')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal would obey it
    expect((await show([bench.folder])).out).not.toMatch(/\u001b/)
  })

  test('marks the calls of a mock client, which are invented', async () => {
    using bench = auditFolder()
    const audit = bench.open()
    await using client = createAuthSecClientFromEnv({ AUTHSEC_MODE: 'mock' }, { onEvent: audit })
    await client.secureFetch({ endpoint: 'metrics' })
    await audit.close()
    const { rows } = await show([bench.folder])
    expect(rows.map((cells) => cells.at(-1))).toEqual(['completed 200 (mock)'])
  })

  test('tells of lines that are no record, ends with 1, and shows the others', async () => {
    using bench = auditFolder()
    await written(bench)
    bench.edit(bench.files()[0], (lines) =>
      lines.toSpliced(2, 0, 'no json', '{}', '[]', '{"version":2}'),
    )
    const base = { version: 1, time: 'x', kind: 'call', outcome: 'completed' }
    const odd = [{ user: { toString: 1 } }, { permission: 7 }, { approval: 'x' }, { status: '200' }]
    bench.edit(bench.files()[0], (lines) =>
      lines.toSpliced(2, 0, ...odd.map((more) => JSON.stringify({ ...base, ...more }))),
    )
    const { code, rows, err } = await show([bench.folder])
    expect({ code, rows: rows.length }).toEqual({ code: 1, rows: 6 })
    expect(err).toContain('8 lines are no record in')
  })

  test('lets no text of a log reach the terminal as a command, and no token', async () => {
    using bench = auditFolder()
    const token = `eyJ${'a'.repeat(20)}.eyJ${'b'.repeat(20)}.c`
    const record = {
      ...{ version: 1, time: '\u001b[2J', kind: 'call', outcome: `x${token}` },
      ...{
        user: 'a\u202eb\u009b',
        tool: 'long'.repeat(200),
        approval: { code: `y${token}` },
      },
    }
    const file = join(bench.folder, 'mine.jsonl')
    writeFileSync(file, `${JSON.stringify(record)}\n`)
    for (const flags of [[], ['--json']]) {
      const { code, out } = await authsec(['audit', 'show', file, ...flags])
      expect(code).toBe(0)
      expect(out).not.toContain('eyJ')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal would obey them
      expect(out).not.toMatch(/[\u001b\u009b\u202e]/)
      if (flags.length === 0) expect(out.split('\n')[1]?.length).toBeLessThan(400)
    }
  })

  test('shows a log of many records page by page, with one head', async () => {
    using bench = auditFolder()
    const audit = bench.open()
    for (let index = 0; index < 1_200; index++) audit(completed())
    await audit.close()
    const { out, rows } = await show([bench.folder])
    expect(rows).toHaveLength(1_200)
    expect(out.match(/approved by/g)).toHaveLength(1)
  })

  test('ends without an error when nobody reads on', async () => {
    using bench = auditFolder()
    const audit = bench.open()
    for (let index = 0; index < 3_000; index++) audit(completed())
    await audit.close()
    const bin = fileURLToPath(new URL('../src/bin.ts', import.meta.url))
    const flags = ['--conditions=@authsec/source', '--disable-warning=ExperimentalWarning']
    const child = spawn(process.execPath, [...flags, bin, 'audit', 'show', bench.folder])
    let err = ''
    child.stderr.on('data', (text) => {
      err += text
    })
    child.stdout.once('data', () => child.stdout.destroy())
    const [code] = await once(child, 'close')
    expect({ code, err }).toEqual({ code: 0, err: '' })
  })

  test.each([
    [['audit', 'show'], 'missing required argument'],
    [['audit', 'show', 'no.jsonl'], 'is no file of an audit log'],
    [['audit', 'show', '/tmp', '--who'], 'argument missing'],
    [['audit', 'list'], "unknown command 'list'"],
  ])('says what is wrong with %j', async (args, sentence) => {
    const { code, out, err } = await authsec(args)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain(sentence)
  })
})
