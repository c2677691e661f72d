import { soakApprovals } from './approvals.ts'
import { soakOutage } from './outage.ts'
import { soakShortTokens } from './short-tokens.ts'
import { soakSideEffects } from './side-effects.ts'
import { exceeded } from './tally.ts'

/** `pnpm soak [seed]`: prints every count, and exits with 1 when one is over its limit. */
const seed = Number(process.argv[2] ?? 1)

const startedAt = performance.now()
const results: { problems: readonly string[] }[] = []
for (const soaks of [
  // The seeds of A wait most of the time, so they run side by side.
  [1, 2, 3].map((offset) => () => soakShortTokens(seed + offset)),
  [soakOutage],
  [() => soakSideEffects(seed)],
  [() => soakApprovals(seed)],
]) {
  for (const tally of await Promise.all(soaks.map((soak) => soak()))) {
    const counts = Object.entries(tally.counts).map(([name, count]) => `${name} ${count}`)
    process.stdout.write(`${tally.name}: ${counts.join(', ')}\n`)
    const problems = exceeded(tally)
    for (const problem of problems) process.stderr.write(`✗ ${tally.name}: ${problem}\n`)
    results.push({ problems })
  }
}

const good = results.filter(({ problems }) => problems.length === 0).length
const seconds = Math.round((performance.now() - startedAt) / 1000)
process.stdout.write(`${good} of ${results.length} soaks within their limits, ${seconds} s\n`)
process.exitCode = good === results.length ? 0 : 1
