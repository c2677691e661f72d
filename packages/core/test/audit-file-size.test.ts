import { readFileSync, statSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { verifyAuditLog } from '../src/audit.ts'
import type { AuthSecEvent } from '../src/events.ts'
import { fileBench } from './support/audit-bench.ts'

const event = (more: object = {}): AuthSecEvent =>
  Object.freeze({
    type: 'request.completed',
    ...{ time: new Date(), client: 'cid_00000000', callId: 'c1', resource: 'r' },
    ...{ method: 'GET', route: '/x', status: 200, attempts: 1, durationMs: 1 },
    ...more,
  }) as AuthSecEvent

describe('the size of a file of the log', () => {
  it.each([
    ['ASCII', 'x'.repeat(2_000)],
    ['letters of two bytes', 'é'.repeat(2_000)],
    ['letters of three bytes', '漢'.repeat(2_000)],
    ['surrogate pairs', '😀'.repeat(1_000)],
    ['characters that are escaped', '\u0001'.repeat(2_000)],
  ])('is at most one record above maxBytes, with %s', async (_what, user) => {
    for (const buffered of [true, false]) {
      using bench = fileBench({ maxBytes: 16_384, buffered })
      for (let index = 0; index < 60; index += 1) bench.audit(event({ user }))
      await bench.audit.close()
      const sizes = bench.files().map((path) => statSync(path).size)
      const longest = Math.max(...bench.lines().map((line) => Buffer.byteLength(line)))
      expect(Math.max(...sizes)).toBeLessThanOrEqual(16_384 + longest + 600)
      const lines = bench
        .files()
        .flatMap((path) => readFileSync(path, 'utf8').trimEnd().split('\n'))
      expect(await verifyAuditLog(lines)).toMatchObject({ ok: true })
    }
  })
})
