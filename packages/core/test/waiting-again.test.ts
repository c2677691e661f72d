import type { EmulatorHandler } from '@authsec/emulator'
import {
  createFakeClock,
  type FakeClock,
  inProcessClient,
  inProcessEmulator,
  rejection,
  settle,
} from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import type { AuthSecClient } from '../src/client/client.ts'
import type { AuthSecEvent } from '../src/events.ts'

const approver = 'approver@example.com'
const users = [{ email: approver }, { email: 'second@example.com' }]
const question = { approver, message: 'Show record 1?', action: { show: 1 } }
const other = { approver, message: 'Show record 2?', action: { show: 2 } }

interface Bench {
  clock: FakeClock
  emulator: EmulatorHandler
  client: AuthSecClient
  outcomes: string[]
}

function bench(): Bench {
  const clock = createFakeClock()
  const emulator = inProcessEmulator({ clock, users })
  const outcomes: string[] = []
  const onEvent = (event: AuthSecEvent): void => {
    if (event.type === 'approval.settled') outcomes.push(event.outcome)
  }
  const approvals = { queuedPerApprover: 0 }
  return {
    clock,
    emulator,
    outcomes,
    client: inProcessClient(emulator, { clock, onEvent, approvals }),
  }
}

describe('a wait that ends without an answer', () => {
  it('leaves the question open, and the approver is asked nothing else meanwhile', async () => {
    const { clock, emulator, client, outcomes } = bench()
    const heard: string[] = []
    const onApproval = ({ status }: { status: string }): void => void heard.push(status)
    const pending = await client.startApproval({ ...question, onApproval })
    for (let round = 0; round < 3; round++) {
      const waiting = rejection(client.waitForApproval(pending, { timeoutMs: 20_000 }))
      await clock.advance(20_000)
      expect(await waiting).toMatchObject({ code: 'approval_timeout' })
      expect(await rejection(client.startApproval(other))).toMatchObject({
        code: 'approval_rate_limited',
      })
    }
    expect([heard, outcomes]).toEqual([['pending'], []])
    emulator.control.approve()
    const waiting = client.waitForApproval(pending, { timeoutMs: 20_000 })
    // The emulator signs in real time, so the clock stops at the first poll.
    await clock.advance(5_000)
    expect(await waiting).toMatchObject({ digest: pending.digest })
    expect([heard, outcomes]).toEqual([['pending', 'approved'], ['approved']])
  })

  it('by its signal leaves the question open, until it is given up', async () => {
    const { clock, emulator, client, outcomes } = bench()
    const pending = await client.startApproval(question)
    const controller = new AbortController()
    const waiting = rejection(client.waitForApproval(pending, { signal: controller.signal }))
    await settle()
    controller.abort(new Error('gone'))
    expect((await waiting).message).toBe('gone')
    expect(await rejection(client.startApproval(other))).toMatchObject({
      code: 'approval_rate_limited',
    })
    emulator.control.approve()
    expect(await client.pollApproval(pending)).toMatchObject({ status: 'approved' })
    expect(outcomes).toEqual(['approved'])
    expect(clock.pending).toBe(0)

    const second = await client.startApproval(other)
    client.cancelApproval(second)
    expect(await rejection(client.pollApproval(second))).toMatchObject({
      code: 'approval_cancelled',
    })
  })

  it('still ends the question of requestApproval', async () => {
    const { clock, client, outcomes } = bench()
    const asking = rejection(client.requestApproval({ ...question, timeoutMs: 12_000 }))
    await clock.advance(12_000)
    expect(await asking).toMatchObject({ code: 'approval_timeout' })
    expect(outcomes).toEqual(['approval_timeout'])
    expect(await client.startApproval(other)).toHaveProperty('authReqId')
  })

  it('ends the question when the person denied it', async () => {
    const { clock, emulator, client, outcomes } = bench()
    const pending = await client.startApproval(question)
    emulator.control.deny()
    const waiting = rejection(client.waitForApproval(pending, { timeoutMs: 20_000 }))
    await clock.advance(20_000)
    expect(await waiting).toMatchObject({ code: 'approval_denied' })
    expect(outcomes).toEqual(['approval_denied'])
  })
})

describe('a question that is valid for a shorter time', () => {
  it.each([1_000, 30_000, 120_000])('expires after %d ms, sealed or not', async (validMs) => {
    const { clock, client } = bench()
    const pending = await client.startApproval({ ...question, validMs })
    expect(Date.parse(pending.expiresAt)).toBe(clock.now() + validMs)
    expect(await client.viewApproval(await client.sealApproval(pending))).toMatchObject({
      expiresAt: pending.expiresAt,
    })
    const waiting = rejection(client.waitForApproval(pending, { timeoutMs: 3_600_000 }))
    await clock.advance(validMs)
    expect(await waiting).toMatchObject({ code: 'approval_expired' })
  })

  it('is never valid longer than the server keeps it', async () => {
    const { clock, client } = bench()
    const pending = await client.startApproval({ ...question, validMs: 3_600_000 })
    expect(Date.parse(pending.expiresAt)).toBe(clock.now() + 300_000)
  })

  it('gives the place of its approver back soon after that time, when nobody settles it', async () => {
    const { clock, client } = bench()
    await client.startApproval({ ...question, validMs: 10_000 })
    await clock.advance(54_000)
    expect(await rejection(client.startApproval(other))).toMatchObject({
      code: 'approval_rate_limited',
    })
    await clock.advance(2_000)
    expect(await client.startApproval(other)).toHaveProperty('authReqId')
  })

  it.each([0, -1, Number.NaN, '5000'])('cannot be valid for %j milliseconds', async (validMs) => {
    const { client } = bench()
    const asking = client.startApproval(Object({ ...question, validMs }))
    expect(await rejection(asking)).toMatchObject({ name: 'ConfigError' })
  })
})
