import { describe, expect, it } from 'vitest'
import { describeAgents } from './agents.ts'
import { describeApprovals } from './approvals.ts'
import { describeBudgets } from './budgets.ts'
import { describeFailures } from './failures.ts'
import type { ContractHarness } from './harness.ts'
import { describeResult } from './results.ts'
import { describeSchemas } from './schemas.ts'
import { getRecord, setUp } from './set-up.ts'

/** Defines the tests of every behaviour that a tool must show in any framework. */
export function describeToolContract(framework: string, harness: ContractHarness): void {
  describe(`the tool contract in ${framework}`, () => {
    describeInput(harness)
    describeSchemas(harness)
    describePolicy(harness)
    describeResult(harness)
    describeFailures(harness)
    describeApprovals(harness)
    describeBudgets(harness)
    describeAgents(harness)
  })
}

function describeInput(harness: ContractHarness): void {
  it.each([
    ['of the wrong type', { endpoint: 5 }],
    ['that are missing', {}],
    [
      'that the schema does not have',
      { endpoint: 'metrics', headers: { authorization: 'Bearer x' } },
    ],
  ])(
    'arguments %s are refused before anything is sent, and the model reads why',
    async (_what, args) => {
      await using setup = await setUp(harness)
      const { outcome } = await setup.runTurn({ calls: [args] })
      expect(outcome.ok).toBe(false)
      expect(JSON.stringify(outcome)).toMatch(/not valid|validation|invalid/i)
      expect(JSON.stringify(outcome)).not.toMatch(/\.ts:\d|node_modules/)
      expect(setup.vaultCalls()).toBe(0)
    },
  )

  it.each(['//evil.test/x', 'https://evil.test/x', '../authsec/uflow', 'records?admin=1'])(
    'the endpoint %s is refused before anything is sent, and the model does not read it back',
    async (endpoint) => {
      await using setup = await setUp(harness)
      const { outcome } = await setup.runTurn({ calls: [{ endpoint }] })
      expect(outcome).toMatchObject({ ok: false, code: 'endpoint_refused', retryable: false })
      expect(JSON.stringify(outcome)).not.toMatch(/evil|uflow/)
      expect(setup.emulator.requests).toHaveLength(0)
    },
  )
}

function describePolicy(harness: ContractHarness): void {
  it('a call is not sent when the token lacks its permission', async () => {
    await using setup = await setUp(harness, { emulator: { permissions: ['metrics:read'] } })
    const tool = getRecord({ permission: 'records:read' })
    const { outcome } = await setup.runTurn({ tool, calls: [{ id: 'rec-0001' }] })
    expect(outcome).toMatchObject({ ok: false, code: 'permission_missing' })
    expect(setup.vaultCalls()).toBe(0)
  })

  it.each([
    ['revoked', 'no_active_delegation'],
    ['expired', 'delegation_expired'],
  ] as const)('the model reads one sentence about a delegation that was %s', async (what, code) => {
    await using setup = await setUp(harness)
    if (what === 'revoked') setup.emulator.control.revoke()
    else setup.emulator.control.expire()
    const { outcome } = await setup.runTurn()
    expect(outcome).toMatchObject({ ok: false, code, message: expect.stringMatching(/^[^\n]+\.$/) })
    expect(setup.vaultCalls()).toBe(0)
  })

  it('concurrent calls share one token request', async () => {
    await using setup = await setUp(harness)
    const calls = Array.from({ length: 8 }, () => ({ endpoint: 'metrics' }))
    const { answers } = await setup.runTurn({ calls })
    expect(answers.map((answer) => JSON.parse(answer).ok)).toEqual(calls.map(() => true))
    expect([setup.tokenCalls(), setup.vaultCalls()]).toEqual([1, 8])
  })

  it('two clients in one process each use their own token', async () => {
    await using one = await setUp(harness)
    await using other = await setUp(harness, { emulator: { permissions: ['metrics:read'] } })
    const tool = getRecord({ permission: 'records:read' })
    const calls = [{ id: 'rec-0001' }]
    const [mine, theirs] = await Promise.all([
      one.runTurn({ tool, calls }),
      other.runTurn({ tool, calls }),
    ])
    expect([mine.outcome.ok, theirs.outcome.ok]).toEqual([true, false])
    expect([one.vaultCalls(), other.vaultCalls()]).toEqual([1, 0])
  })

  it('an abort ends the turn, and the model gets no data', async () => {
    await using setup = await setUp(harness)
    setup.emulator.control.failNext({ kind: 'hang' }, { path: /metrics/ })
    const controller = new AbortController()
    const turn = setup.runTurn({ signal: controller.signal })
    await expect.poll(setup.vaultCalls, { interval: 5 }).toBe(1)
    controller.abort()
    // Some frameworks reject, others resolve without the result.
    const isOk = await turn.then(({ outcome }) => outcome.ok).catch(() => false)
    expect(isOk).toBe(false)
    // The client has aborted the request, long before its own deadline of 30 seconds.
    const isOver = (): boolean => setup.events.some(({ type }) => type === 'request.failed')
    await expect.poll(isOver, { interval: 5 }).toBe(true)
    expect(setup.vaultCalls()).toBe(1)
  })

  it('a signal that has already aborted sends nothing', async () => {
    await using setup = await setUp(harness)
    await setup.runTurn({ signal: AbortSignal.abort(new Error('stopped')) }).catch(() => undefined)
    expect(setup.emulator.requests).toHaveLength(0)
  })
}
