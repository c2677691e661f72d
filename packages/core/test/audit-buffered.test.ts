import { readdirSync, readFileSync, rmSync, statSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { rejection, startProgram } from '@authsec-internal/test-kit'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { GATHER_MS } from '../src/audit/drain-schedule.ts'
import { verifyAuditFile } from '../src/audit.ts'
import type { AuthSecEvent } from '../src/events.ts'
import { callsOf, type FileBench, fileBench } from './support/audit-bench.ts'
import { completed } from './support/completed-call.ts'
import { someStart } from './support/some-event.ts'
import { storeDirectory } from './support/store-directory.ts'

const disk = vi.hoisted(() => ({ room: Number.POSITIVE_INFINITY, writes: 0, looks: 0 }))

vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>()
  return {
    ...fs,
    writeSync(fd: number, bytes: Uint8Array, offset: number) {
      disk.writes += 1
      const length = Math.min(bytes.length - offset, disk.room)
      if (length <= 0) throw Object.assign(new Error('disk'), { code: 'ENOSPC' })
      disk.room -= length
      return fs.writeSync(fd, bytes, offset, length)
    },
    fstatSync(fd: number) {
      disk.looks += 1
      return fs.fstatSync(fd)
    },
  }
})

beforeEach(() => Object.assign(disk, { room: Number.POSITIVE_INFINITY, writes: 0, looks: 0 }))

const buffered = (file: object = {}, options: object = {}): FileBench =>
  fileBench({ buffered: true, ...file }, options)

const frozenLists = <T extends object>(event: T): T => {
  for (const value of Object.values(event)) if (Array.isArray(value)) Object.freeze(value)
  return event
}

/** As the events of a client are. */
const frozenOutside = <T extends object>(event: T): T => Object.freeze(frozenLists(event))

const idsIn = (bench: FileBench): (string | undefined)[] =>
  callsOf(bench.records()).map(({ callId }) => callId)

// First, because logs that other tests leave open keep the listener.
describe('a log that is closed', () => {
  it('leaves no listener of the process behind, and many logs share one', async () => {
    const before = process.listenerCount('exit')
    const benches = Array.from({ length: 20 }, () => buffered())
    for (const { audit } of benches) audit(completed())
    expect(process.listenerCount('exit')).toBe(before + 1)
    for (const { audit } of benches) await audit.close()
    expect(process.listenerCount('exit')).toBe(before)
    for (const bench of benches) bench[Symbol.dispose]()
  })
})

describe('the lines of one turn of the event loop', () => {
  it('are written together at its end after a quiet time, in their order, in one chain', async () => {
    using bench = buffered()
    for (let index = 0; index < 50; index++) bench.audit(completed(`call_${index}`))
    expect(bench.files()).toEqual([])
    await nextTurn()
    // The line that opens the file, and all others.
    expect(disk).toMatchObject({ writes: 2, looks: 2 })
    expect(idsIn(bench)).toEqual(Array.from({ length: 50 }, (_, index) => `call_${index}`))
    await bench.clock.advance(GATHER_MS)
    for (let index = 0; index < 7; index++) bench.audit(completed())
    await nextTurn()
    expect(disk.writes).toBe(3)
    const anchor = bench.audit.head()
    expect(await verifyAuditFile(bench.files(), { anchor })).toMatchObject({ ok: true, lines: 58 })
  })

  it.each<[string, (bench: FileBench) => unknown]>([
    ['flush', (bench) => bench.audit.flush()],
    ['close', (bench) => bench.audit.close()],
    ['head', (bench) => bench.audit.head()],
  ])('are written before that by %s', (_what, act) => {
    using bench = buffered()
    for (const callId of ['call_1', 'call_2']) bench.audit(completed(callId))
    void act(bench)
    expect(idsIn(bench)).toEqual(['call_1', 'call_2'])
  })

  it('are written before that when 128 wait, so that a long turn keeps no more in memory', () => {
    using bench = buffered()
    for (let index = 0; index < 2_000; index++) bench.audit(completed(`call_${index}`))
    const { length } = callsOf(bench.records())
    expect(length).toBeGreaterThan(1_700)
    expect(disk.writes).toBeLessThan(20)
  })

  it.each<[string, object, object]>([
    ['buffered: false', { buffered: false }, {}],
    ['fsync: always', { fsync: 'always' }, {}],
    ['required', {}, { required: true }],
  ])('are written each at once with %s', (_what, file, options) => {
    using bench = buffered(file, options)
    for (const callId of ['call_1', 'call_2', 'call_3']) {
      bench.audit(completed(callId))
      expect(idsIn(bench).at(-1)).toBe(callId)
    }
  })

  it('come before the line of a required log that permits a call', () => {
    using bench = buffered({}, { required: true })
    bench.audit(completed('call_1'))
    void bench.audit.beforeSend?.(someStart({ callId: 'call_2' }))
    expect(idsIn(bench)).toEqual(['call_1', 'call_2'])
  })

  it('are in as many files as they need', async () => {
    using bench = buffered({ maxBytes: 4_096 })
    for (let index = 0; index < 60; index++) bench.audit(completed(`call_${index}é`))
    await bench.audit.close()
    const files = bench.files()
    expect(files.length).toBeGreaterThan(5)
    for (const file of files) expect(statSync(file).size).toBeLessThan(4_096 + 1_000)
    expect(idsIn(bench)).toEqual(Array.from({ length: 60 }, (_, index) => `call_${index}é`))
    expect(await verifyAuditFile(files)).toMatchObject({ ok: true, closed: true })
  })
})

describe('the lines of a busy log', () => {
  it('gather for 10 ms, however many turns that are', async () => {
    using bench = buffered()
    bench.audit(completed('call_0'))
    await nextTurn()
    for (let turn = 1; turn <= 9; turn++) {
      bench.audit(completed(`call_${turn}`))
      await bench.clock.advance(1)
    }
    expect(idsIn(bench)).toEqual(['call_0'])
    await bench.clock.advance(1)
    expect(idsIn(bench)).toEqual(Array.from({ length: 10 }, (_, index) => `call_${index}`))
    expect(disk.writes).toBe(3)
  })

  it('are up to date again at the end of a turn, once it was quiet', async () => {
    using bench = buffered()
    for (const callId of ['call_1', 'call_2', 'call_3']) {
      bench.audit(completed(callId))
      await nextTurn()
      expect(idsIn(bench).at(-1)).toBe(callId)
      await bench.clock.advance(GATHER_MS)
    }
  })

  it('keep no timer that holds the process, and need none to be closed', async () => {
    using bench = buffered()
    bench.audit(completed('call_1'))
    await nextTurn()
    bench.audit(completed('call_2'))
    await bench.audit.close()
    expect(idsIn(bench)).toEqual(['call_1', 'call_2'])
    await bench.clock.advance(GATHER_MS)
    expect(bench.errors).toEqual([])
    expect(await verifyAuditFile(bench.files())).toMatchObject({ ok: true, closed: true })
  })

  it.each<[string, object, (event: Record<string, unknown>) => void]>([
    ['its date', {}, ({ time }) => (time as Date).setFullYear(1999)],
    ['its list of permissions', {}, ({ permission }) => (permission as string[]).push('vault:all')],
    ['a field', {}, (event) => Object.assign(event, { status: 500, user: 'eve@example.com' })],
    [
      'its approval',
      { approval: { code: 'K7M2QX', approver: 'lee@example.com' } },
      ({ approval }) => Object.assign(approval as object, { approver: 'eve@example.com' }),
    ],
  ])('say what an event said when it came, whatever is done to %s later', (_what, more, alter) => {
    for (const kind of [Object.freeze, (event: object) => event, frozenLists, frozenOutside]) {
      using bench = buffered()
      const event = kind({ ...completed(), permission: ['vault:read'], ...structuredClone(more) })
      bench.audit(event as AuthSecEvent)
      try {
        alter(event as Record<string, unknown>)
      } catch {
        // It is frozen.
      }
      bench.audit.head()
      const time = '2026-11-23T12:00:00.000Z'
      const said = { time, status: 200, user: 'user@example.com', permission: ['vault:read'] }
      expect(callsOf(bench.records())).toMatchObject([{ ...said, ...more }])
    }
  })

  it('of frozen events, as clients send them, are those of any others', async () => {
    const lines = [true, false].map((isFrozen) => {
      using bench = buffered()
      for (let index = 0; index < 20; index++) {
        const event = { ...completed(`call_${index}`), time: new Date(index * 7) }
        bench.audit((isFrozen ? frozenOutside(event) : event) as AuthSecEvent)
        if (isFrozen) event.time.setTime(0)
      }
      bench.audit.head()
      return callsOf(bench.records()).map(({ chain: _c, prev: _p, hash: _h, ...record }) => record)
    })
    expect(lines[0]).toEqual(lines[1])
    expect(lines[0]).toHaveLength(20)
  })
})

describe('lines of a moment that cannot be written', () => {
  it.each([0, 1, 50, 700])(
    'to a disk with room for %i bytes are lost as a whole, counted and told once',
    async (room) => {
      using bench = buffered()
      bench.audit(completed('call_1'))
      await bench.clock.advance(GATHER_MS)
      disk.room = room
      for (let turn = 0; turn < 3; turn++) {
        for (let count = 0; count < 4; count++) bench.audit(completed('call_lost'))
        await bench.clock.advance(GATHER_MS)
      }
      expect(bench.errors).toMatchObject([{ code: 'audit_unavailable', systemCode: 'ENOSPC' }])
      disk.room = Number.POSITIVE_INFINITY
      bench.audit(completed('call_2'))
      await bench.clock.advance(GATHER_MS)
      expect(idsIn(bench)).toEqual(['call_1', 'call_2'])
      expect(await verifyAuditFile(bench.files())).toMatchObject({ ok: true, lost: 12 })
    },
  )

  it('do not pile up in memory while a disk stays full', async () => {
    using bench = buffered()
    disk.room = 0
    for (let count = 0; count < 5_000; count++) bench.audit(completed())
    disk.room = Number.POSITIVE_INFINITY
    bench.audit(completed('call_1'))
    await bench.clock.advance(GATHER_MS)
    // Only what came after the last 128 records still waited.
    expect(idsIn(bench).length).toBeLessThan(300)
    const { length } = idsIn(bench)
    expect(bench.records()[1]).toMatchObject({ outcome: 'lost', lost: 5_001 - length })
  })

  it('because their file was removed are in a new file, all of them', async () => {
    using bench = buffered()
    bench.audit(completed('call_1'))
    await bench.clock.advance(GATHER_MS)
    unlinkSync(bench.files()[0] ?? '')
    for (const callId of ['call_2', 'call_3', 'call_4']) bench.audit(completed(callId))
    await bench.clock.advance(GATHER_MS)
    expect(idsIn(bench)).toEqual(['call_2', 'call_3', 'call_4'])
    expect(bench.errors).toMatchObject([{ systemCode: 'ESTALE' }])
    expect(await verifyAuditFile(bench.files())).toMatchObject({ ok: true })
  })

  it.each(['flush', 'close'] as const)('let %s reject', async (what) => {
    const bench = buffered()
    bench.audit(completed('call_1'))
    rmSync(bench.folder, { recursive: true })
    expect(await rejection(bench.audit[what]())).toMatchObject({
      ...{ code: 'audit_unavailable', systemCode: 'ENOENT' },
    })
    expect(bench.errors).toMatchObject([{ code: 'audit_unavailable', systemCode: 'ENOENT' }])
  })
})

describe('a process with a buffered log', () => {
  const run = (end: string) => {
    const directory = storeDirectory()
    const program = startProgram('packages/core/test/fixtures/audit-turns.ts', [
      ...[join(directory.path, 'audit.jsonl'), end],
    ])
    const files = (): string[] =>
      readdirSync(directory.path)
        .sort()
        .map((name) => join(directory.path, name))
    const count = (): number =>
      files()
        .map((file) => readFileSync(file, 'utf8'))
        .join('')
        .split('"outcome":"completed"').length - 1
    return { directory, program, files, count }
  }

  it('that is killed has whole lines of all turns that ended 10 ms before', {
    timeout: 60_000,
  }, async () => {
    const { directory, program, files, count } = run('kill')
    using _ = directory
    await program.saw('turn 100\n')
    program.child.kill('SIGKILL')
    const { stdout } = await program.ended
    const turns = Number(
      stdout
        .match(/turn \d+\n/g)
        ?.at(-1)
        ?.match(/\d+/)?.[0],
    )
    expect(turns).toBeGreaterThanOrEqual(100)
    expect(count()).toBeGreaterThanOrEqual(turns * 5)
    expect(await verifyAuditFile(files())).toMatchObject({ ok: true, closed: false })
  })

  it.each(['exit', 'throw', 'last'])(
    'that ends by %s has the lines of its last turn too',
    { timeout: 60_000 },
    async (end) => {
      const { directory, program, files, count } = run(end)
      using _ = directory
      await program.ended
      expect(count()).toBe(500)
      expect(await verifyAuditFile(files())).toMatchObject({ ok: true, lines: expect.any(Number) })
    },
  )
})
