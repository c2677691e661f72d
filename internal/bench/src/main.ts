/**
 * `pnpm bench`: measures this checkout in many scenarios, beside other libraries, in turns.
 *
 * --against PATH  and beside the checkout at PATH, in the same run
 * --only a,b      these scenarios only
 * --quick         shorter rounds and fewer records, in less than 90 s; numbers for a first look
 * --assert        exits with 1 when a ratio or a count is beyond what goals.ts accepts by more than a quarter
 * --json FILE     writes everything that was measured
 * --write         writes docs/benchmarks.md and docs/images/bench.svg
 */
import { writeFileSync } from 'node:fs'
import { styleText } from 'node:util'
import { type BenchOptions, readOptions } from './options.ts'
import { readMachine } from './report/machine.ts'
import { writeDocuments } from './report/markdown.ts'
import { printSection } from './report/table.ts'
import { lowerable, missed, type Result, runScenario } from './run.ts'
import { scenarios } from './scenarios/all.ts'
import { loadCheckouts } from './world/checkouts.ts'

try {
  await bench(readOptions(process.argv.slice(2), scenarios))
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
}
// A server or a timer that is still open must not keep the process.
process.exit()

async function bench(options: BenchOptions): Promise<void> {
  const { against, pace, quick, json, write } = options
  const checkouts = await loadCheckouts(against)
  const machine = readMachine()
  console.log(`Node.js ${process.version}${against ? `, (other) is ${against}` : ''}`)
  const results: Result[] = []
  for (const scenario of options.scenarios) {
    console.log(styleText('bold', `\n${scenario.name}`))
    const startedAt = performance.now()
    const result = await runScenario(scenario, { checkouts, pace, quick }, options.assert)
    for (const section of result.sections) printSection(section)
    results.push(result)
    const seconds = (performance.now() - startedAt) / 1_000
    console.log(styleText('dim', `  ${seconds.toFixed(1)} s`))
  }
  const run = { machine: machine.finish(), pace, quick, results }
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(run, null, 2)}\n`)
  if (write) writeDocuments(run)
  if (options.assert) judge(results)
}

function judge(results: readonly Result[]): void {
  const sections = results.flatMap((each) => each.sections)
  const beyond = missed(sections)
  for (const { name, value, goal } of beyond) {
    console.error(`FAIL ${name}: ${value.toFixed(3)} (goal "${goal}")`)
  }
  for (const [goal, { value }] of lowerable(sections)) {
    console.log(
      `The accepted value of "${goal}" in goals.ts can come nearer to ${value.toFixed(2)}.`,
    )
  }
  if (beyond.length > 0) process.exitCode = 1
  else console.log('No ratio and no count is beyond what goals.ts accepts by more than a quarter.')
}
