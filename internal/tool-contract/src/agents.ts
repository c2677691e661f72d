import {
  type AgentName,
  agentNames,
  fastClock,
  recordOf,
  twoAgents,
  watch,
} from '@authsec-internal/test-kit'
import { expect, it } from 'vitest'
import type { ContractHarness, TurnResult } from './harness.ts'
import { getRecord } from './set-up.ts'

const RUNS = 8
const TIMES = 5

/** A process that acts for many agents makes its tools once, and each run says who acts. */
export function describeAgents(harness: ContractHarness): void {
  it('calls of two agents in runs that overlap each carry the token of their own agent', async () => {
    await using agents = await twoAgents()
    const run = harness.share(getRecord())
    const names = Array.from({ length: RUNS }, (_, n) => agentNames[n % 2] as AgentName)
    const results = await Promise.all(
      names.map((name) => {
        const calls = [{ id: recordOf[name] }]
        return run({ client: agents.clients[name], calls, times: TIMES })
      }),
    )
    for (const [n, { answers }] of results.entries()) {
      const own = recordOf[names[n] as AgentName]
      expect(answers.map((answer) => JSON.parse(answer).data?.id)).toEqual(Array(TIMES).fill(own))
    }
    const calls = await agents.vaultCalls()
    expect(calls).toHaveLength(RUNS * TIMES)
    expect(calls.filter(({ token, record }) => token !== record)).toEqual([])
    watchAll(results)
  })

  it('a question about a call is put to the approver of the agent that acts', async () => {
    const users = agentNames.map((name) => `${name}@example.com`)
    await using agents = await twoAgents(
      (name) => ({ ciba: { loginHint: `${name}@example.com` }, clock: fastClock }),
      { users, approvals: 'approve' },
    )
    const approval = { message: 'Show record {id}?', timeoutMs: 60_000 }
    const run = harness.share(getRecord({ approval }))
    for (const name of agentNames) {
      const calls = [{ id: recordOf[name] }]
      const result = await run({ client: agents.clients[name], calls, times: 1 })
      expect(JSON.parse(String(result.answers[0]))).toMatchObject({ ok: true })
      watchAll([result])
    }
    expect(agents.emulator.control.approvals().map(({ user }) => user)).toEqual(users)
    expect((await agents.vaultCalls()).map(({ token }) => token)).toEqual(agentNames)
  })
}

function watchAll(results: readonly TurnResult[]): void {
  for (const { answers, recorded } of results) {
    watch('answers', answers)
    for (const [where, value] of Object.entries(recorded)) watch(where, value)
  }
}
