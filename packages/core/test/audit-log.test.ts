import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import {
  createFakeClock,
  describeOptions,
  inProcessClient,
  inProcessEmulator,
  rejection,
  settle,
  startProgram,
  thrown,
} from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import {
  type AuditFileOptions,
  type AuditLogOptions,
  createAuditLog,
  verifyAuditFile,
  verifyAuditLog,
} from '../src/audit.ts'
import type { AuthSecError } from '../src/errors.ts'
import { openAppendFile } from '../src/files/append-file.ts'
import { combineObservers } from '../src/observers.ts'
import { callsOf, fileBench, listBench } from './support/audit-bench.ts'
import { completed } from './support/completed-call.ts'
import { someEvent, someStart } from './support/some-event.ts'
import { storeDirectory } from './support/store-directory.ts'

const scratch = storeDirectory()
const path = join(scratch.path, 'audit.jsonl')

describeOptions<AuditLogOptions>({
  what: 'an audit log',
  create: createAuditLog,
  valid: { file: { path } },
  options: {
    write: ['stdout', 'wirte'],
    file: ['audit.jsonl', 'fil'],
    hashChain: [7, 'hashChains'],
    required: ['yes', 'requird'],
    people: ['hidden', 'peopl'],
    timeoutMs: [0, 'timeoutMS'],
    onError: [{}, 'onErrors'],
    clock: [{ now: Date.now }, 'clocks'],
  },
})

describeOptions<AuditFileOptions>({
  what: 'the file of an audit log',
  create: (file) => createAuditLog({ file }),
  valid: { path },
  options: {
    path: ['', 'pathh'],
    maxBytes: [100, 'maxByte'],
    maxFiles: [0.5, 'maxFile'],
    fsync: ['yes', 'fsynk'],
    buffered: ['yes', 'buffer'],
  },
})

describe('an audit log', () => {
  it.each<[string, object, RegExp]>([
    ['no place', {}, /write or file/],
    ['two places', { write: () => undefined, file: { path } }, /write must not/],
    ['a short key', { file: { path }, hashChain: { key: 'secret' } }, /hashChain.key/],
    [
      'a key from a variable that is not set',
      { file: { path }, hashChain: { key: undefined } },
      /hashChain.key/,
    ],
    ['an empty key', { file: { path }, hashChain: { key: '' } }, /hashChain.key/],
    ['no key where one is meant', { file: { path }, hashChain: {} }, /hashChain.key/],
    [
      'a key of one letter',
      { file: { path }, hashChain: { key: 'A'.repeat(43) } },
      /hashChain.key/,
    ],
    ['a slip beside the key', { file: { path }, hashChain: { kye: 'x' } }, /"key"/],
  ])('with %s is a mistake, and the error repeats no key', (_what, options, message) => {
    const error = thrown(() => createAuditLog(options as AuditLogOptions))
    expect(error).toMatchObject({ name: 'ConfigError' })
    expect(error.message).toMatch(message)
    expect(error.message).not.toContain('secret')
  })

  it('opens no file before there is a record', () => {
    using bench = fileBench()
    expect(bench.files()).toEqual([])
    bench.audit(someEvent({ type: 'token.requested', reason: 'first' }))
    expect(bench.files()).toEqual([])
    expect(bench.audit.head()).toBeUndefined()
  })

  it('writes each record at once, as a line of a file that only its owner reads', async () => {
    using bench = fileBench()
    bench.audit(completed('call_1'))
    expect(callsOf(bench.records())).toMatchObject([{ callId: 'call_1' }])
    bench.audit(completed('call_2'))
    expect(callsOf(bench.records())).toHaveLength(2)
    const [file = ''] = bench.files()
    expect(file).toMatch(/audit\.20261123T120000000Z-000001-[0-9a-f]{8}\.jsonl$/)
    if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600)
    await bench.audit.close()
    expect(bench.records().map(({ outcome }) => outcome)).toEqual([
      ...['opened', 'completed', 'completed', 'closed'],
    ])
    expect(await verifyAuditFile(file, { anchor: bench.audit.head() })).toMatchObject({ ok: true })
  })

  it('has no chain when none is asked for', () => {
    const { audit, records } = listBench({ hashChain: false })
    audit(completed())
    for (const record of records()) {
      for (const name of ['chain', 'seq', 'prev', 'hash', 'algorithm']) {
        expect(record).not.toHaveProperty(name)
      }
    }
    expect(audit.head()).toBeUndefined()
  })

  it('serves several clients, and changes none of their calls when it fails', async () => {
    const errors: AuthSecError[] = []
    const audit = createAuditLog({
      write() {
        throw new Error('no')
      },
      onError: (error) => void errors.push(error),
    })
    const emulator = inProcessEmulator()
    for (let count = 0; count < 2; count++) {
      const client = inProcessClient(emulator, { onEvent: audit })
      expect(await client.secureFetch({ endpoint: 'metrics' })).toMatchObject({ status: 200 })
    }
    expect(errors).toHaveLength(1)
    expect(errors[0]).toMatchObject({
      code: 'audit_unavailable',
      hint: expect.stringMatching(/write/),
    })
  })
})

describe('a folder for an audit log', () => {
  it('is created with the log, for its owner only', () => {
    using directory = storeDirectory()
    const deep = join(directory.path, 'a/b/audit.jsonl')
    createAuditLog({ file: { path: deep } })
    expect(statSync(dirname(deep)).mode & 0o077).toBe(0)
  })

  it('is refused where every user may write, where a file is, and where nothing can be created', () => {
    using directory = storeDirectory()
    const open = join(directory.path, 'open')
    mkdirSync(open)
    chmodSync(open, 0o777)
    writeFileSync(join(directory.path, 'file'), '')
    for (const folder of [open, join(directory.path, 'file'), join(directory.path, 'file/x')]) {
      const error = thrown(() => createAuditLog({ file: { path: join(folder, 'audit.jsonl') } }))
      expect(error).toMatchObject({ name: 'ConfigError', code: 'config_invalid' })
      expect(error.message).toContain('file.path')
    }
  })
})

describe('files of an audit log', () => {
  it('are closed by size, with a closing line, and go on in the next one', async () => {
    using bench = fileBench({ maxBytes: 4_096 })
    for (let index = 0; index < 40; index++) bench.audit(completed(`call_${index}`))
    await bench.audit.close()
    const files = bench.files()
    expect(files.length).toBeGreaterThan(4)
    for (const file of files) {
      const records = readFileSync(file, 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line))
      expect(records[0]).toMatchObject({ kind: 'log', outcome: 'opened' })
      expect(records.at(-1)).toMatchObject({ kind: 'log', outcome: 'closed' })
      expect(statSync(file).size).toBeLessThan(4_096 + 1_000)
    }
    expect(callsOf(bench.records()).map(({ callId }) => callId)).toEqual(
      Array.from({ length: 40 }, (_, index) => `call_${index}`),
    )
    expect(await verifyAuditFile(files)).toMatchObject({ ok: true, closed: true })
  })

  it('keep their order by name when the clock is set back', () => {
    using bench = fileBench({ maxBytes: 4_096 })
    for (let index = 0; index < 40; index++) {
      bench.clock.jump(-60_000)
      bench.audit(completed(`call_${index}`))
    }
    const seqs = bench.records().map(({ seq }) => seq)
    expect(seqs).toEqual(seqs.toSorted((a = 0, b = 0) => a - b))
  })

  it('are removed when there are too many: the oldest, and no other file', () => {
    using bench = fileBench({ maxBytes: 4_096, maxFiles: 2 })
    const others = [
      'audit.jsonl',
      'audit.old.jsonl',
      'other.20261123T120000000Z-000001-3f2a9c1b.jsonl',
    ]
    for (const name of others) writeFileSync(join(bench.folder, name), '')
    for (let index = 0; index < 40; index++) bench.audit(completed(`call_${index}`))
    const names = readdirSync(bench.folder)
    expect(names).toEqual(expect.arrayContaining(others))
    expect(names).toHaveLength(others.length + 2)
    for (const name of others) rmSync(join(bench.folder, name))
    expect(callsOf(bench.records()).at(-1)).toMatchObject({ callId: 'call_39' })
  })

  it('are left to another process that may still write to them, until a day has passed', () => {
    using bench = fileBench({ maxBytes: 4_096, maxFiles: 1 })
    const open = join(bench.folder, 'audit.20201123T120000000Z-000001-3f2a9c1b.jsonl')
    writeFileSync(open, '{"version":1,"kind":"call","outcome":"completed"}\n')
    const [now, old] = [bench.clock.now() / 1_000, bench.clock.now() / 1_000 - 86_401]
    utimesSync(open, now, now)
    bench.audit(completed())
    expect(existsSync(open)).toBe(true)
    utimesSync(open, old, old)
    for (let index = 0; index < 20; index++) bench.audit(completed())
    expect(existsSync(open)).toBe(false)
  })

  it('are removed as far as they are files: a folder of such a name stays', () => {
    using bench = fileBench({ maxBytes: 4_096, maxFiles: 1 })
    const folder = join(bench.folder, 'audit.20201123T120000000Z-000001-3f2a9c1b.jsonl')
    mkdirSync(folder)
    for (let index = 0; index < 10; index++) bench.audit(completed())
    expect(existsSync(folder)).toBe(true)
    rmSync(folder, { recursive: true })
    expect(bench.errors).toEqual([])
    expect(callsOf(bench.records()).length).toBeGreaterThan(0)
  })

  it('are never those of somebody else: what has the name already is not written to', () => {
    using directory = storeDirectory()
    const victim = join(directory.path, 'victim')
    const link = join(directory.path, 'link')
    writeFileSync(victim, 'x')
    symlinkSync(victim, link)
    symlinkSync(join(directory.path, 'nowhere'), join(directory.path, 'dangling'))
    for (const name of ['victim', 'link', 'dangling']) {
      expect(() => openAppendFile(join(directory.path, name))).toThrow(/EEXIST/)
    }
    expect(readFileSync(victim, 'utf8')).toBe('x')
    expect(existsSync(join(directory.path, 'nowhere'))).toBe(false)
  })
})

describe('a file that somebody meddles with while it is written', () => {
  it.each<[string, (file: string) => void]>([
    ['removed', (file) => unlinkSync(file)],
    ['cut', (file) => truncateSync(file, 10)],
    ['emptied', (file) => truncateSync(file, 0)],
    ['appended to', (file) => writeFileSync(file, 'x\n', { flag: 'a' })],
  ])('and that was %s is given up: the record is in a new file, and it is told', (_how, meddle) => {
    using bench = fileBench()
    bench.audit(completed('call_1'))
    const [first = ''] = bench.files()
    meddle(first)
    bench.audit(completed('call_2'))
    const second = bench.files().find((file) => file !== first) ?? ''
    const text = readFileSync(second, 'utf8')
    expect(text).toContain('"outcome":"opened"')
    expect(text).toContain('call_2')
    expect(bench.errors).toMatchObject([{ code: 'audit_unavailable', systemCode: 'ESTALE' }])
    if (existsSync(first)) rmSync(first)
  })

  it('is followed by files whose chain goes on, so that what is missing shows', async () => {
    using bench = fileBench()
    for (const callId of ['call_1', 'call_2']) bench.audit(completed(callId))
    const [first = ''] = bench.files()
    const anchor = bench.audit.head()
    unlinkSync(first)
    bench.audit(completed('call_3'))
    expect(await verifyAuditFile(bench.files(), { anchor })).toMatchObject({ ok: true, lines: 2 })
    expect(JSON.parse(bench.lines()[0] ?? '')).toMatchObject({ seq: 3, prev: anchor?.hash })
  })

  it('may lose its folder: records are lost and counted, and no call fails', () => {
    using bench = fileBench()
    bench.audit(completed('call_1'))
    rmSync(bench.folder, { recursive: true })
    bench.audit(completed('call_2'))
    bench.audit(completed('call_3'))
    expect(bench.errors).toMatchObject([{ code: 'audit_unavailable', systemCode: 'ESTALE' }])
    mkdirSync(bench.folder)
    bench.audit(completed('call_4'))
    expect(bench.records()).toMatchObject([
      { outcome: 'opened' },
      { kind: 'log', outcome: 'lost', lost: 2 },
      { callId: 'call_4' },
    ])
  })
})

describe('a required audit log', () => {
  const start = someStart({
    ...{ callId: 'call_1', resource: 'vault', method: 'GET', route: 'x', user: 'u' },
  })

  it.each(['never', 'batch', 'always'] as const)(
    'writes that a call is about to be sent, before it permits it, with fsync %s',
    async (fsync) => {
      using bench = fileBench({ fsync }, { required: true })
      await bench.audit.beforeSend?.(start)
      expect(callsOf(bench.records())).toMatchObject([
        { kind: 'call', outcome: 'started', ...start },
      ])
      await bench.audit.beforeSend?.(someStart({ callId: 'call_2', provider: 'aws' }))
      expect(callsOf(bench.records())[1]).toMatchObject({ kind: 'credentials', outcome: 'started' })
    },
  )

  it('permits many calls at once with few syncs', async () => {
    using bench = fileBench({ fsync: 'batch' }, { required: true })
    const calls = Array.from({ length: 200 }, (_, index) => ({ ...start, callId: `call_${index}` }))
    await Promise.all(calls.map(async (call) => bench.audit.beforeSend?.(call)))
    expect(callsOf(bench.records())).toHaveLength(200)
  })

  it('refuses a call that it cannot write about, and names the cause without a path', () => {
    using bench = fileBench({}, { required: true })
    bench.audit(completed())
    rmSync(bench.folder, { recursive: true })
    const error = thrown(() => void bench.audit.beforeSend?.(start))
    expect(error).toMatchObject({
      ...{ name: 'ResourceError', code: 'audit_unavailable', systemCode: 'ENOENT' },
      ...{ retryable: false, hint: expect.stringMatching(/\w/) },
    })
    expect(JSON.stringify(error)).not.toContain(bench.folder)
    mkdirSync(bench.folder)
    expect(() => void bench.audit.beforeSend?.(start)).not.toThrow()
  })

  it('refuses a call when the function fails, at once or later, or takes too long', async () => {
    const clock = createFakeClock()
    const fates = {
      throws: () => {
        throw new Error('secret words of a sink')
      },
      rejects: () => Promise.reject(new Error('secret words of a sink')),
      hangs: () => new Promise<void>(() => undefined),
    }
    for (const write of Object.values(fates)) {
      const audit = createAuditLog({
        write,
        required: true,
        clock,
        timeoutMs: 500,
        onError: () => undefined,
      })
      const asked = rejection((async () => audit.beforeSend?.(start))())
      await clock.advance(501)
      const error = await asked
      expect(error).toMatchObject({ code: 'audit_unavailable' })
      expect(JSON.stringify(error)).not.toContain('secret words')
    }
  })

  it('stops waiting when the caller gives up', async () => {
    const audit = createAuditLog({
      write: () => new Promise<void>(() => undefined),
      required: true,
    })
    const aborted = AbortSignal.abort(new Error('given up'))
    const error = await rejection((async () => audit.beforeSend?.(start, aborted))())
    expect(error.message).toBe('given up')
  })

  it('leaves no failure unhandled that comes after the caller gave up', async () => {
    const { promise, reject } = Promise.withResolvers<void>()
    const audit = createAuditLog({ write: () => promise, required: true, onError: () => undefined })
    const aborted = AbortSignal.abort(new Error('given up'))
    await rejection((async () => audit.beforeSend?.(start, aborted))())
    reject(new Error('too late'))
    await settle()
    expect(await rejection((async () => audit.beforeSend?.(start))())).toMatchObject({
      code: 'audit_unavailable',
    })
  })

  it('permits no call after it was closed', async () => {
    using bench = fileBench({}, { required: true })
    await bench.audit.beforeSend?.(start)
    await bench.audit.close()
    expect(thrown(() => void bench.audit.beforeSend?.(start))).toMatchObject({
      ...{ code: 'audit_unavailable', hint: expect.stringContaining('Close') },
    })
  })

  it('tells when a client sends calls without asking it', () => {
    using bench = fileBench({}, { required: true })
    const wrapped = (event: Parameters<typeof bench.audit>[0]): void => bench.audit(event)
    wrapped(completed('call_1'))
    wrapped(completed('call_2'))
    expect(bench.errors).toMatchObject([
      { code: 'audit_unavailable', hint: expect.stringContaining('combineObservers') },
    ])
    expect(callsOf(bench.records())).toHaveLength(2)
  })

  it('is asked, and one that is not required is not', () => {
    using bench = fileBench({}, { required: true })
    using other = fileBench()
    expect(bench.audit.beforeSend).toBeTypeOf('function')
    expect(other.audit.beforeSend).toBeUndefined()
  })
})

describe('observers that are combined', () => {
  it('each receive every event, also beside one that throws', () => {
    const seen: string[] = []
    const both = combineObservers(
      () => {
        throw new Error('broken')
      },
      undefined,
      ({ type }) => void seen.push(type),
    )
    both(completed())
    expect(seen).toEqual(['request.completed'])
    expect(both.beforeSend).toBeUndefined()
  })

  it('are asked before a call is sent, and one refusal is enough', async () => {
    using bench = fileBench({}, { required: true })
    const both = combineObservers(() => undefined, bench.audit)
    await both.beforeSend?.(someStart({ callId: 'call_1' }))
    expect(callsOf(bench.records())).toMatchObject([{ outcome: 'started', callId: 'call_1' }])
    await bench.audit.close()
    expect(await rejection((async () => both.beforeSend?.(someStart({})))())).toMatchObject({
      code: 'audit_unavailable',
    })
  })
})

describe('an audit log that is closed', () => {
  it('has its closing line, is closed once, and tells of what comes later', async () => {
    using bench = fileBench()
    bench.audit(completed())
    await Promise.all([bench.audit.close(), bench.audit.close()])
    await bench.audit[Symbol.asyncDispose]()
    bench.audit(completed('call_late'))
    expect(bench.records().map(({ outcome }) => outcome)).toEqual(['opened', 'completed', 'closed'])
    expect(bench.errors).toMatchObject([{ code: 'audit_unavailable' }])
  })

  it('says so when its end cannot be written', async () => {
    using bench = fileBench()
    bench.audit(completed())
    rmSync(bench.folder, { recursive: true })
    expect(await rejection(bench.audit.close())).toMatchObject({ code: 'audit_unavailable' })
    mkdirSync(bench.folder)
  })

  it('without a record leaves no file', async () => {
    using bench = fileBench()
    await bench.audit.close()
    expect(bench.files()).toEqual([])
  })
})

describe('an audit log that is a function', () => {
  it('takes one line at a time, without a newline', async () => {
    const { audit, lines } = listBench()
    audit(completed())
    await audit.close()
    expect(lines).toHaveLength(3)
    for (const line of lines) expect(line).not.toContain('\n')
    expect(await verifyAuditLog(lines)).toMatchObject({ ok: true, closed: true })
  })

  it('reuses the place of a line that was refused at once, and says how many were lost', async () => {
    const lines: string[] = []
    let isBroken = false
    const audit = createAuditLog({
      write(line) {
        if (isBroken) throw new Error('no')
        lines.push(line)
      },
      onError: () => undefined,
    })
    audit(completed('call_1'))
    isBroken = true
    for (let count = 0; count < 5; count++) audit(completed('call_lost'))
    isBroken = false
    audit(completed('call_2'))
    expect(await verifyAuditLog(lines)).toMatchObject({ ok: true, lines: 4, lost: 5 })
  })

  it('waits for promises with flush, and says when one failed', async () => {
    const { promise: taken, resolve: finish } = Promise.withResolvers<void>()
    const audit = createAuditLog({
      write: () => taken,
      onError: () => undefined,
    })
    audit(completed())
    const seen: string[] = []
    const flushed = audit.flush().then(() => void seen.push('flushed'))
    await settle()
    seen.push('waited')
    finish()
    await flushed
    expect(seen).toEqual(['waited', 'flushed'])
    const broken = createAuditLog({
      write: () => Promise.reject(new Error('no')),
      onError: () => undefined,
    })
    broken(completed())
    expect(await rejection(broken.flush())).toMatchObject({ code: 'audit_unavailable' })
  })

  it('keeps no more than 10 000 lines that are not taken', () => {
    const errors: AuthSecError[] = []
    let taken = 0
    const audit = createAuditLog({
      write() {
        taken += 1
        return new Promise<void>(() => undefined)
      },
      onError: (error) => void errors.push(error),
    })
    for (let count = 0; count < 10_100; count++) audit(completed())
    expect(taken).toBe(10_000)
    expect(errors).toHaveLength(1)
  })
})

describe('a process that is killed while it writes', () => {
  it.each(['never', 'batch'] as const)(
    'leaves whole lines, fsync %s',
    { timeout: 60_000 },
    async (fsync) => {
      using directory = storeDirectory()
      const program = startProgram('packages/core/test/fixtures/audit-calls.ts', [
        ...[join(directory.path, 'audit.jsonl'), fsync],
      ])
      await program.saw('written 300\n')
      program.child.kill('SIGKILL')
      const { stdout } = await program.ended
      const reported = Number(
        stdout
          .match(/written (\d+)\n/g)
          ?.at(-1)
          ?.match(/\d+/)?.[0],
      )
      const files = readdirSync(directory.path)
        .sort()
        .map((name) => join(directory.path, name))
      const result = await verifyAuditFile(files)
      expect(result).toMatchObject({ ok: true, closed: false })
      const texts = files.map((file) => readFileSync(file, 'utf8')).join('')
      expect(texts.split('"outcome":"completed"').length - 1).toBeGreaterThanOrEqual(reported)
    },
  )

  it('shares no file with another one of the same path', { timeout: 60_000 }, async () => {
    using directory = storeDirectory()
    const args = [join(directory.path, 'audit.jsonl'), 'never']
    const programs = [0, 1, 2].map(() =>
      startProgram('packages/core/test/fixtures/audit-calls.ts', args),
    )
    await Promise.all(programs.map((program) => program.saw('written 500\n')))
    for (const { child } of programs) child.kill('SIGKILL')
    await Promise.all(programs.map(({ ended }) => ended))
    const logs = Map.groupBy(readdirSync(directory.path).sort(), (name) => name.slice(-14))
    expect(logs.size).toBe(3)
    for (const names of logs.values()) {
      const files = names.map((name) => join(directory.path, name))
      expect(await verifyAuditFile(files)).toMatchObject({ ok: true })
    }
  })
})
