import { randomInt } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { durableRun } from './durable-run.ts'
import type { Host } from './host.ts'
import { type Counts, noCounts } from './run.ts'

export interface DurableRunsOptions {
  /** Runs in `pnpm test`: as many as take less than five seconds. `pnpm test:durable` makes 200. */
  readonly runs: number
}

/** Random runs of a host. A failure prints its seed and its script; `DURABLE_SEED` repeats it. */
export function describeDurableRuns(host: Host, { runs }: DurableRunsOptions): void {
  const { DURABLE_SEED, DURABLE_RUNS } = process.env
  const first = Number(DURABLE_SEED ?? randomInt(1_000_000_000))
  const most = Number(DURABLE_RUNS ?? (DURABLE_SEED === undefined ? runs : 1))

  describe(`${host.name}, in ${most} random runs from seed ${first}`, () => {
    it(
      'executes each approval at most once, nothing without one, and loses none',
      async () => {
        const total = noCounts()
        for (let seed = first; seed < first + most; seed += 1) add(total, await oneRun(host, seed))
        console.log(`${host.name}: ${most} runs from seed ${first}: ${JSON.stringify(total)}`)
        // Without these the runs would have proved nothing. Few runs may lack one by chance.
        if (most < 100) return
        const { approved, wrong, raced, owed, executed } = total
        for (const count of [approved, wrong, raced, owed, executed])
          expect(count).toBeGreaterThan(0)
      },
      30_000 + most * 3_000,
    )
  })
}

async function oneRun(host: Host, seed: number): Promise<Counts> {
  const script: string[] = []
  try {
    return await durableRun(host, seed, (step) => script.push(step))
  } catch (error) {
    const how = `DURABLE_SEED=${seed} repeats this run of ${host.name}:`
    throw new Error([String(error), how, ...script].join('\n'), { cause: error })
  }
}

function add(total: Counts, counts: Counts): void {
  for (const name of Object.keys(total) as (keyof Counts)[]) total[name] += counts[name]
}
