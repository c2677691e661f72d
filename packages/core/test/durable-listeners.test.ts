import { settle } from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import type { AuthSecEvent } from '../src/events.ts'
import type { ApprovalView } from '../src/pending.ts'
import { APPROVER, durableBench } from './support/durable-bench.ts'

const question = { approver: APPROVER, message: 'Show record 1?' }

/** Lets a call run and time pass, in small steps. */
async function pass(clock: { advance(ms: number): Promise<void> }, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 500) {
    await clock.advance(Math.min(500, left))
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}

describe('who listens to an approval', () => {
  it.each<[string, 'approve' | 'deny' | 'none', string[]]>([
    ['approved', 'approve', ['pending', 'approved']],
    ['denied', 'deny', ['pending', 'denied']],
    ['not answered', 'none', ['pending', 'expired']],
  ])('sees it at once, and again when it is %s', async (_what, decision, statuses) => {
    const { process, emulator, clock } = durableBench()
    const seen: ApprovalView[] = []
    const onApproval = (view: ApprovalView): void => void seen.push(view)
    const work = process().requestApproval({ ...question, onApproval, timeoutMs: 30_000 })
    work.catch(() => undefined)
    await pass(clock, 100)
    expect(seen.map(({ status }) => status)).toEqual(['pending'])
    if (decision !== 'none') emulator.control[decision]()
    await pass(clock, 40_000)
    expect(seen.map(({ status }) => status)).toEqual(statuses)
    expect(new Set(seen.map(({ code }) => code)).size).toBe(1)
    expect(seen.every(Object.isFrozen)).toBe(true)
  })

  it('sees the end of one that is given up', async () => {
    const { process } = durableBench()
    const seen: string[] = []
    const client = process()
    const onApproval = ({ status }: ApprovalView): void => void seen.push(status)
    client.cancelApproval(await client.startApproval({ ...question, onApproval }))
    await settle()
    expect(seen).toEqual(['pending', 'cancelled'])
  })

  it('sees the end of one that another process has asked', async () => {
    const { process, emulator } = durableBench()
    const reuse = { ...question, reuse: true }
    await process().startApproval(reuse)
    const seen: string[] = []
    const onApproval = ({ status }: ApprovalView): void => void seen.push(status)
    const client = process()
    const pending = await client.startApproval({ ...reuse, onApproval })
    emulator.control.approve()
    await client.pollApproval(pending)
    await settle()
    expect(seen).toEqual(['pending', 'approved'])
  })

  it.each<[string, () => void]>([
    [
      'throws',
      () => {
        throw new Error('broken')
      },
    ],
    ['rejects', async () => Promise.reject(new Error('broken'))],
    ['never ends', () => new Promise(() => undefined)],
    [
      'throws nothing at all',
      () => {
        throw undefined
      },
    ],
  ])('and %s changes nothing', async (_what, onApproval) => {
    const { process, emulator } = durableBench()
    const client = process()
    const pending = await client.startApproval({ ...question, onApproval })
    emulator.control.approve()
    expect(await client.pollApproval(pending)).toMatchObject({ status: 'approved' })
    await settle()
  })

  it('is not kept a thousand times for a call that is carried on a thousand times', async () => {
    const { process, emulator } = durableBench()
    const client = process({ store: undefined })
    let ends = 0
    const onApproval = ({ status }: ApprovalView): void => void (status === 'approved' && ends++)
    const ask = () => client.startApproval({ ...question, reuse: true, onApproval })
    for (let time = 0; time < 300; time += 1) await ask()
    emulator.control.approve()
    await client.pollApproval(await ask())
    await settle()
    expect(ends).toBe(100)
  })
})

describe('the events of an approval', () => {
  it('tell its start and its end once each, however often it is tried', async () => {
    const { process, emulator } = durableBench()
    const events: AuthSecEvent[] = []
    const client = process({ onEvent: (event) => void events.push(event) })
    const pending = await client.startApproval(question)
    await client.pollApproval(pending)
    emulator.control.deny()
    for (let time = 0; time < 3; time += 1)
      await client.pollApproval(pending).catch(() => undefined)
    const told = events.filter(({ type }) => type.startsWith('approval.'))
    expect(told.map(({ type }) => type)).toEqual(['approval.started', 'approval.settled'])
  })
})
