import { settle } from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import { APPROVER, durableBench } from './support/durable-bench.ts'

const question = { approver: APPROVER, message: 'Show record 1?', action: { show: 1 }, reuse: true }

describe('an open question', () => {
  it('stays findable for other processes when an older one of the same call is tried again', async () => {
    const { process, emulator, rings } = durableBench()
    const first = process()
    const old = await first.sealApproval(await first.startApproval(question))
    emulator.control.approve()
    await process().useApproval(old, question)
    const open = await process().startApproval(question)
    await expect(process().useApproval(old, question)).rejects.toMatchObject({
      code: 'approval_used',
    })
    await settle()
    const found = await process().startApproval(question)
    expect([found.authReqId === open.authReqId, rings()]).toEqual([true, 2])
  })
})
