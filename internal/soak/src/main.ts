import { soakApprovals } from './approvals.ts'
import { soakOutage } from './outage.ts'
import { soakShortTokens } from './short-tokens.ts'
import { soakSideEffects } from './side-effects.ts'
import { exceeded, type Tally } from './tally.ts'

/** `pnpm soak [seed]`: prints every count, and exits with 1 when one is over its limit. */
const seed = Number(process.argv[2] ?? 1)

const startedAt = performance.now()
const tallies: Tally[] = []
for (const soaks of [
  // The seeds of A wait most of the time: they run side by side.
  [1, 2, 3].map((offset) => () => soakShortTokens(seed + offset)),
  [soakOutage],
  [() => soakSideEffects(seed)],
  [() => soakApprovals(seed)],
]) {
  for (const tally of await Promise.all(soaks.map((soak) => soak()))) {
    tallies.push(tally)
    const counts = Object.entries(tally.counts).map(([name, count]) => `${name} ${count}`)
    process.stdout.write(`${tally.name}: ${counts.join(', ')}\n`)
  }
}

const good = tallies.filter((tally) => exceeded(tally).length === 0)
const problems = tallies.flatMap((tally) =>
  exceeded(tally).map((problem) => `${tally.name}: ${problem}`),
)
for (const problem of problems) process.stderr.write(`✗ ${problem}\n`)
const seconds = Math.round((performance.now() - startedAt) / 1000)
process.stdout.write(
  `${good.length} of ${tallies.length} soaks within their limits, ${seconds} s\n`,
)
process.exitCode = problems.length > 0 ? 1 : 0
