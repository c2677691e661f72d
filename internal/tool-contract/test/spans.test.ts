import { fastClock, testClient, testEmulator } from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import { startSdk } from '../../../packages/otel/test/support/sdk.ts'
import { frameworks } from '../src/audit-trail/frameworks.ts'
import { rowsOfSpans } from '../src/audit-trail/from-spans.ts'
import { expectedRows, wordsOf } from '../src/audit-trail/rows.ts'
import { runScenario } from '../src/audit-trail/scenario.ts'
import { expectSeenByApi, expectSeenByAuthSec } from '../src/audit-trail/seen-by-api.ts'
import { TOOL_NAME } from '../src/harness.ts'

describe.each(frameworks)('the spans of an agent in %s', (_name, harness, told) => {
  it('say who called what, with which permission, approved by whom, and it is what the API saw', async () => {
    await using emulator = await testEmulator()
    await using sdk = startSdk()
    await using client = testClient(emulator, { ...sdk.telemetry, clock: fastClock })
    await runScenario(harness, client, emulator)
    const spans = await sdk.spans()
    const rows = rowsOfSpans(spans)
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
    // Each request is below its call.
    const callOf = new Map(
      spans
        .filter(({ attributes }) => attributes['authsec.step'] === 'call')
        .map((span) => [span.spanContext().spanId, span.attributes['authsec.call.id']]),
    )
    const sends = spans.filter(({ attributes }) => attributes['authsec.step'] === 'send')
    expect(sends).toHaveLength(rows.reduce((sum, { attempts }) => sum + attempts, 0))
    for (const { parentSpanContext, attributes } of sends) {
      expect(callOf.get(parentSpanContext?.spanId ?? '')).toBe(attributes['authsec.call.id'])
    }
  }, 60_000)
})
