import { expect, it } from 'vitest'
import type { ContractHarness } from './harness.ts'
import { setUp } from './set-up.ts'

/** Far more turns than the budgets of these tests allow calls. */
const TIMES = 7

const codesOf = (answers: readonly string[]): readonly unknown[] =>
  answers.map((answer) => {
    const outcome: { ok: boolean; code?: string } = JSON.parse(answer)
    return outcome.ok ? 'ok' : outcome.code
  })

/** The codes of a loop that is stopped after so many calls. */
const stoppedAfter = (calls: number): readonly string[] =>
  Array.from({ length: TIMES }, (_, n) => (n < calls ? 'ok' : 'budget_exceeded'))

/** A model that calls without end. Core counts; the framework's part is to tell runs apart, where it can. */
export function describeBudgets(harness: ContractHarness): void {
  it('a loop is stopped by the budget of the client, and the model reads that it must stop', async () => {
    await using setup = await setUp(harness, { client: { budget: { callsPerWindow: 5 } } })
    const { answers } = await setup.runTurn({ times: TIMES })
    expect(codesOf(answers)).toEqual(stoppedAfter(5))
    expect(JSON.parse(String(answers.at(-1)))).toMatchObject({
      message: expect.stringMatching(/Stop calling/),
      retryable: false,
    })
    expect(setup.vaultCalls()).toBe(5)
    expect((await setup.runTurn()).outcome).toMatchObject({ code: 'budget_exceeded' })
  })

  const title = harness.tellsRunsApart
    ? 'a loop is stopped by the budget of its run, and the next run has its own'
    : 'a budget for each run stops nothing, because the framework does not tell runs apart'
  it(title, async () => {
    await using setup = await setUp(harness, { client: { budget: { callsPerRun: 4 } } })
    const first = harness.tellsRunsApart === 'from the second step on' ? 1 : 0
    const expected = stoppedAfter(harness.tellsRunsApart ? 4 + first : TIMES)
    for (let run = 0; run < 2; run++) {
      const { answers } = await setup.runTurn({ times: TIMES })
      expect(codesOf(answers)).toEqual(expected)
    }
    const [one, other] = await Promise.all([
      setup.runTurn({ times: 4 }),
      setup.runTurn({ times: 4 }),
    ])
    expect(codesOf([...one.answers, ...other.answers])).toEqual(Array(8).fill('ok'))
  })
}
