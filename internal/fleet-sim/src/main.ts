/**
 * `pnpm fleet`: runs the token engine of many agents and processes on a virtual clock, against a model of AuthSec.
 *
 * --quick       a small matrix, in seconds
 * --only NAME   one course: day, storm, deploy, outage or failover
 * --seed N      other random numbers (default 1). The same seed gives the same figures
 * --write       writes docs/scale.md, between its marks, and docs/images/scale-*.svg
 *
 * Exits with 1 when a promise of the engine is broken.
 */
import { type FleetOptions, readOptions } from './options.ts'
import { brokenPromises } from './promises.ts'
import { writeDocuments } from './report/document.ts'
import { describe, duration, figuresTable, type Ran } from './report/tables.ts'
import { run } from './run.ts'

try {
  await fleet(readOptions(process.argv.slice(2)))
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
}

async function fleet({ scenarios, seed, write }: FleetOptions): Promise<void> {
  console.log(`Seed ${seed}. Repeat with --seed ${seed}.`)
  const ran: Ran[] = []
  for (const { name, setup: given } of scenarios) {
    const setup = { ...given, seed }
    const result = await run(setup)
    ran.push({ name, setup, result })
    console.log(`${setup.course}: ${name} (${describe(setup)}), ${duration(result.tookMs)}`)
    for (const problem of brokenPromises(result)) {
      console.error(`✗ ${problem}`)
      process.exitCode = 1
    }
  }
  console.log(`\n${figuresTable(ran)}`)
  if (write) writeDocuments(ran, factsOf(seed))
}

function factsOf(seed: number): string {
  return `Simulated with seed ${seed} on a virtual clock. The engine, the limit and the shared store are those of \`@authsec/core\`; AuthSec is a model of [what the server does](wire-contract.md#01-behaviour-of-every-route): 100 requests a minute and address in a sliding window, 429 without \`Retry-After\`, one stored token for each agent, which is delegated again after 60 % of its life, and about 30 ms for an answer. "Simulated" says how long a time, and which part of the fleet: parts with addresses of their own do not disturb one another, so the sums of the whole fleet are that many times larger. Waits are those of all calls that were served.`
}
