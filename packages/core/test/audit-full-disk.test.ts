import { readFileSync } from 'node:fs'
import { rejection, thrown } from '@authsec-internal/test-kit'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { verifyAuditFile } from '../src/audit.ts'
import { callsOf, fileBench } from './support/audit-bench.ts'
import { completed } from './support/completed-call.ts'
import { someStart } from './support/some-event.ts'

/** What the disk does: the real one cannot be filled in a test. */
const disk = vi.hoisted(() => ({
  room: Infinity,
  fail: undefined as string | undefined,
  syncs: 0,
}))

vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>()
  const failure = (code: string): Error => Object.assign(new Error('disk'), { code })
  return {
    ...fs,
    writeSync(fd: number, bytes: Uint8Array, offset: number) {
      const length = Math.min(bytes.length - offset, disk.room)
      if (length <= 0) throw failure('ENOSPC')
      disk.room -= length
      return fs.writeSync(fd, bytes, offset, length)
    },
    ftruncateSync(fd: number, size: number) {
      if (disk.fail === 'truncate') throw failure('EIO')
      fs.ftruncateSync(fd, size)
    },
    fdatasync(fd: number, done: (error: Error | null) => void) {
      disk.syncs += 1
      if (disk.fail === 'sync') setImmediate(done, failure('EIO'))
      else fs.fdatasync(fd, done)
    },
    rmSync(path: string, options: object) {
      if (disk.fail === 'remove' && path.endsWith('.jsonl')) throw failure('EPERM')
      fs.rmSync(path, options)
    },
    fdatasyncSync(fd: number) {
      if (disk.fail === 'sync') throw failure('EIO')
      fs.fdatasyncSync(fd)
    },
  }
})

beforeEach(() => Object.assign(disk, { room: Infinity, fail: undefined, syncs: 0 }))

const start = someStart({ callId: 'call_x', resource: 'vault', method: 'GET', route: 'x' })

describe('a full disk', () => {
  it.each([0, 1, 50, 300])(
    'with room for %i bytes takes no part of a line, and the log goes on later',
    async (room) => {
      using bench = fileBench()
      bench.audit(completed('call_1'))
      disk.room = room
      for (let count = 0; count < 3; count++) bench.audit(completed('call_lost'))
      expect(bench.lines()).toHaveLength(2)
      expect(bench.errors).toMatchObject([{ code: 'audit_unavailable', systemCode: 'ENOSPC' }])
      disk.room = Infinity
      for (const callId of ['call_2', 'call_3']) bench.audit(completed(callId))
      const records = bench.records().slice(2)
      expect(records).toHaveLength(3)
      expect(records).toMatchObject([
        { kind: 'log', outcome: 'lost', lost: 3 },
        { callId: 'call_2' },
        { callId: 'call_3' },
      ])
      expect(await verifyAuditFile(bench.files())).toMatchObject({ ok: true, lost: 3 })
    },
  )

  it('from the start leaves a log that begins when there is room', async () => {
    using bench = fileBench()
    disk.room = 20
    bench.audit(completed('call_lost'))
    disk.room = Infinity
    bench.audit(completed('call_1'))
    expect(bench.files()).toHaveLength(1)
    expect(await verifyAuditFile(bench.files())).toMatchObject({ ok: true, lines: 3, lost: 1 })
  })

  it('lets a required log refuse calls, with the remedy, until there is room', async () => {
    using bench = fileBench({}, { required: true })
    await bench.audit.beforeSend?.(start)
    disk.room = 10
    expect(thrown(() => void bench.audit.beforeSend?.(start))).toMatchObject({
      ...{
        code: 'audit_unavailable',
        systemCode: 'ENOSPC',
        hint: expect.stringContaining('Free space'),
      },
    })
    disk.room = Infinity
    await bench.audit.beforeSend?.(start)
    expect(callsOf(bench.records())).toHaveLength(2)
    expect(await verifyAuditFile(bench.files())).toMatchObject({ ok: true })
  })

  it('whose part of a line cannot be taken back leaves a torn file, and the log goes on in another', async () => {
    using bench = fileBench()
    bench.audit(completed('call_1'))
    Object.assign(disk, { room: 30, fail: 'truncate' })
    bench.audit(completed('call_2'))
    Object.assign(disk, { room: Infinity, fail: undefined })
    bench.audit(completed('call_3'))
    const [first = ''] = bench.files()
    expect(await verifyAuditFile(first)).toMatchObject({ ok: false, line: 3, problem: 'torn' })
    expect(readFileSync(bench.files().at(-1) ?? '', 'utf8')).toContain('call_3')
  })
})

describe('a disk that cannot be forced', () => {
  it.each(['batch', 'always'] as const)(
    'lets a required log refuse the call, fsync %s',
    async (fsync) => {
      using bench = fileBench({ fsync }, { required: true })
      await bench.audit.beforeSend?.(start)
      disk.fail = 'sync'
      expect(await rejection((async () => bench.audit.beforeSend?.(start))())).toMatchObject({
        ...{ code: 'audit_unavailable', systemCode: 'EIO' },
      })
      disk.fail = undefined
      await bench.audit.beforeSend?.(start)
      expect(bench.files()).toHaveLength(2)
      expect(await verifyAuditFile(bench.files())).toMatchObject({ ok: true })
    },
  )

  it('is told, and fails no call, when the log is not required', async () => {
    using bench = fileBench({ fsync: 'batch' })
    disk.fail = 'sync'
    bench.audit(completed())
    await bench.clock.advance(200)
    await vi.waitFor(() => expect(bench.errors).toMatchObject([{ systemCode: 'EIO' }]))
    expect(await rejection(bench.audit.flush())).toMatchObject({ code: 'audit_unavailable' })
  })
})

describe('an old file that cannot be removed', () => {
  it('is told, and no record is lost', async () => {
    using bench = fileBench({ maxBytes: 4_096, maxFiles: 1 })
    disk.fail = 'remove'
    for (let count = 0; count < 10; count++) bench.audit(completed())
    disk.fail = undefined
    expect(bench.errors.at(-1)).toMatchObject({
      ...{ code: 'audit_unavailable', systemCode: 'EPERM' },
      message: expect.stringContaining('Old files'),
    })
    expect(callsOf(bench.records())).toHaveLength(10)
  })
})

describe('a group commit', () => {
  it('serves all calls of a moment with one sync or two', async () => {
    using bench = fileBench({ fsync: 'batch' }, { required: true })
    const calls = Array.from({ length: 100 }, async () => bench.audit.beforeSend?.(start))
    await Promise.all(calls)
    expect(disk.syncs).toBeLessThanOrEqual(2)
    expect(callsOf(bench.records())).toHaveLength(100)
  })

  it('waits a moment for company when nobody waits for it', async () => {
    using bench = fileBench({ fsync: 'batch' })
    for (let count = 0; count < 50; count++) bench.audit(completed())
    expect(disk.syncs).toBe(0)
    await bench.clock.advance(100)
    expect(disk.syncs).toBe(1)
    await bench.audit.flush()
  })
})
