import { describe, expect, it, vi } from 'vitest'
import { type AuditLog, createAuditLog, verifyAuditLog } from '../src/audit.ts'
import type { AuthSecEvent } from '../src/events.ts'

const event = (more: object = {}): AuthSecEvent =>
  Object.freeze({
    type: 'request.completed',
    ...{ time: new Date(), client: 'cid_00000000', callId: 'c1', resource: 'r' },
    ...{ method: 'GET', route: '/x', status: 200, attempts: 1, durationMs: 1 },
    ...more,
  }) as AuthSecEvent

describe('a log whose function causes events', () => {
  /** It logs so many events while it writes the line at each of these places. */
  async function nested(places: readonly number[], each: number, options: object = {}) {
    const lines: string[] = []
    let log: AuditLog | undefined
    let written = 0
    log = createAuditLog({
      ...options,
      write(line) {
        const place = written
        written += 1
        if (places.includes(place)) {
          for (let index = 0; index < each; index += 1)
            log?.(event({ callId: `inner-${place}-${index}` }))
        }
        lines.push(line)
      },
    })
    for (let index = 0; index < 4; index += 1) log(event({ callId: `outer-${index}` }))
    await new Promise((resolve) => setTimeout(resolve, 60))
    const before = lines.length
    await log.close()
    const ids = lines.map((line) => JSON.parse(line).callId).filter(Boolean)
    return { ids, before, report: await verifyAuditLog(lines), lines }
  }

  it.each([
    ['the first', [0], 1],
    ['the second', [1], 1],
    ['a later', [2], 1],
    ['each of the first five', [0, 1, 2, 3, 4], 1],
    ['one line, three times, the', [2], 3],
  ])(
    'keeps its chain and each record, when it does while it writes %s line',
    async (_what, places, each) => {
      const { ids, report } = await nested(places, each)
      expect(report).toMatchObject({ ok: true })
      expect(ids).toHaveLength(4 + places.length * each)
      expect(new Set(ids).size).toBe(ids.length)
    },
  )

  it('writes them soon after, also where nobody knows the end of a turn', async () => {
    vi.stubGlobal('setImmediate', undefined)
    const { before, lines } = await nested([4], 1).finally(() => vi.unstubAllGlobals())
    expect([before, lines.length]).toEqual([6, 7])
  })

  it('keeps its chain when its closing line causes one, which is told as lost', async () => {
    const errors: unknown[] = []
    const { report, ids } = await nested([5], 1, {
      onError: (error: unknown) => errors.push(error),
    })
    expect(report).toMatchObject({ ok: true })
    expect(ids).toEqual(['outer-0', 'outer-1', 'outer-2', 'outer-3'])
    expect(errors).toHaveLength(1)
  })

  it('comes to an end when each line causes one', async () => {
    const every = Array.from({ length: 10_000 }, (_, index) => index)
    const { report, before } = await nested(every, 1, { onError: () => undefined })
    expect(report).toMatchObject({ ok: true })
    expect(before).toBeLessThan(200)
  })

  it('keeps its chain when whoever is told of a failure logs that', async () => {
    const lines: string[] = []
    let log: AuditLog | undefined
    let isBroken = false
    log = createAuditLog({
      write(line) {
        if (isBroken) throw new Error('broken')
        lines.push(line)
      },
      onError: () => log?.(event({ callId: 'told' })),
    })
    log(event())
    isBroken = true
    log(event())
    log(event())
    isBroken = false
    log(event({ callId: 'after' }))
    await new Promise((resolve) => setTimeout(resolve, 30))
    await log.close()
    expect(await verifyAuditLog(lines)).toMatchObject({ ok: true })
  })

  it('refuses a call that it must write while it writes, and keeps its chain', async () => {
    const lines: string[] = []
    const refused: unknown[] = []
    let log: AuditLog | undefined
    log = createAuditLog({
      required: true,
      write(line) {
        lines.push(line)
        if (lines.length !== 2) return
        try {
          void log?.beforeSend?.(Object({ callId: 'inner', method: 'GET' }))
        } catch (error) {
          refused.push(error)
        }
      },
    })
    await log.beforeSend?.(Object({ callId: 'outer', method: 'GET' }))
    log(event())
    await log.close()
    expect(refused).toMatchObject([
      { code: 'audit_unavailable', hint: expect.stringContaining('`write`') },
    ])
    expect(await verifyAuditLog(lines)).toMatchObject({ ok: true })
  })
})
