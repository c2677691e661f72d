import { fastClock } from '@authsec-internal/test-kit'
import { expect, it } from 'vitest'
import type { ContractHarness } from './harness.ts'
import { getRecord, type Setup, setUp } from './set-up.ts'

const tool = getRecord({ approval: { message: 'Show record {id}?', timeoutMs: 60_000 } })
const calls = [{ id: 'rec-0001' }]

/** Core enforces approvals inside the tool, so no setting of a framework can skip them. */
export function describeApprovals(harness: ContractHarness): void {
  const setUpWithApprover = (): Promise<Setup> => {
    const ciba = { loginHint: 'approver@example.com' }
    return setUp(harness, { client: { ciba, clock: fastClock } })
  }

  it('a denied call is not sent, and the model reads why', async () => {
    await using setup = await setUpWithApprover()
    setup.emulator.control.scriptApproval('deny')
    const { outcome } = await setup.runTurn({ tool, calls })
    expect(outcome).toMatchObject({ ok: false, code: 'approval_denied', retryable: false })
    expect(setup.vaultCalls()).toBe(0)
  })

  it('an approved call is sent once, after one question', async () => {
    await using setup = await setUpWithApprover()
    setup.emulator.control.scriptApproval('approve')
    const { outcome } = await setup.runTurn({ tool, calls })
    expect(outcome).toMatchObject({ ok: true, data: { id: 'rec-0001' } })
    const bindingMessage = expect.stringMatching(/^Show record "rec-0001"\?/)
    expect(setup.emulator.control.approvals()).toMatchObject([
      { status: 'consumed', bindingMessage },
    ])
    expect(setup.vaultCalls()).toBe(1)
  })
}
