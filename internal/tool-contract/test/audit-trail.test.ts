import type { AuthSecEvent } from '@authsec/core'
import { combineObservers } from '@authsec/core'
import { createAuditLog, verifyAuditLog } from '@authsec/core/audit'
import { fastClock, testClient, testEmulator, watch } from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import { frameworks } from '../src/audit-trail/frameworks.ts'
import { rowsOfAuditLog } from '../src/audit-trail/from-audit-log.ts'
import { expectedRows, type TracedRow, wordsOf } from '../src/audit-trail/rows.ts'
import { runScenario } from '../src/audit-trail/scenario.ts'
import { expectSeenByApi, expectSeenByAuthSec } from '../src/audit-trail/seen-by-api.ts'
import { TOOL_NAME } from '../src/harness.ts'

describe.each(frameworks)('the audit log of an agent in %s', (_name, harness, told) => {
  it.each([false, true])(
    'says who called what, with which permission, approved by whom, and it is what the API saw (required: %s)',
    async (required) => {
      await using emulator = await testEmulator()
      const lines: string[] = []
      const events: AuthSecEvent[] = []
      await using audit = createAuditLog({ write: (line) => void lines.push(line), required })
      const onEvent = combineObservers(audit, (event) => void events.push(event))
      await using client = testClient(emulator, { onEvent, clock: fastClock, timeoutMs: 100_000 })
      await runScenario(harness, client, emulator)
      watch('audit lines', lines)
      const rows = rowsOfAuditLog(lines)
      expect(rows.map(wordsOf)).toEqual(expectedRows(TOOL_NAME))
      expectSeenByApi(rows, emulator)
      expectSeenByAuthSec(rows, emulator)
      expect(new Set(rows.map(({ callId }) => callId)).size).toBe(rows.length)
      for (const { toolCallId, run } of rows) {
        expect([toolCallId !== undefined, run !== undefined]).toEqual([
          told.namesToolCalls,
          told.namesRuns,
        ])
      }
      expectJoined(lines, rows, required)
      expect(await verifyAuditLog(lines)).toMatchObject({ ok: true })
    },
    60_000,
  )
})

/** The other records of a call have its ID: its questions, and in a required log what was written before it was sent. */
function expectJoined(
  lines: readonly string[],
  rows: readonly TracedRow[],
  required: boolean,
): void {
  const records = lines.map((line) => JSON.parse(line))
  const asked = records.filter(({ kind, outcome }) => kind === 'approval' && outcome === 'asked')
  const [approved, denied] = [rows[0]?.callId, rows.at(-1)?.callId]
  expect(asked.map(({ callId }) => callId)).toEqual([approved, denied])
  const started = records.filter(({ outcome }) => outcome === 'started')
  const sent = rows.filter(({ attempts }) => attempts > 0)
  expect(started.map(({ callId }) => callId)).toEqual(
    required ? sent.map(({ callId }) => callId) : [],
  )
}
