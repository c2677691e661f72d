import { soakConsole } from './console.ts'
import { exceeded } from './tally.ts'

/** `pnpm soak:console [seconds]`: prints the counts, and exits with 1 when one is over its limit. */
const tally = await soakConsole(Number(process.argv[2] ?? 60))
const counts = Object.entries(tally.counts).map(([name, count]) => `${name} ${count}`)
process.stdout.write(`${tally.name}: ${counts.join(', ')}\n`)
for (const problem of exceeded(tally)) {
  process.stderr.write(`✗ ${problem}\n`)
  process.exitCode = 1
}
