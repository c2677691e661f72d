/** One thing to measure: does the work `count` times. */
export interface Subject {
  readonly name: string
  run(count: number): Promise<void>
}

export interface Measurement {
  readonly name: string
  /** Microseconds per operation, one value for each round. */
  readonly wallUs: number[]
  /** CPU time of the whole process, all threads, per operation. */
  readonly cpuUs: number[]
}

/** Measures subjects in turns, so that a slow moment of the machine affects all of them, and prints them. */
export async function measure(
  title: string,
  subjects: readonly Subject[],
  { rounds, count }: { rounds: number; count: number },
): Promise<readonly Measurement[]> {
  const results = subjects.map(({ name, run }) => {
    return { run, name, wallUs: [] as number[], cpuUs: [] as number[] }
  })
  for (const { run } of results) await run(count)
  for (let round = 0; round < rounds; round++) {
    // Each subject is first as often as last.
    for (const { run, wallUs, cpuUs } of round % 2 === 0 ? results : results.toReversed()) {
      const cpuBefore = process.cpuUsage()
      const before = performance.now()
      await run(count)
      wallUs.push(((performance.now() - before) * 1000) / count)
      const { user, system } = process.cpuUsage(cpuBefore)
      cpuUs.push((user + system) / count)
    }
  }
  console.log(title)
  for (const { name, wallUs, cpuUs } of results) {
    const middle = median(wallUs)
    const perSecond = Math.round(1e6 / middle).toLocaleString('en')
    const times = `${middle.toFixed(2)} µs, CPU ${median(cpuUs).toFixed(2)} µs`
    console.log(`  ${name.padEnd(34)} ${times.padEnd(32)} ${perSecond}/s`)
  }
  return results
}

/** Prints the ratio of each of these to the baseline. */
export function compare(measured: readonly Measurement[], baseline: Measurement | undefined): void {
  for (const each of measured) {
    if (!baseline || each === baseline) continue
    const [wall, cpu] = ratios(each, baseline)
    const factors = `${wall.toFixed(3)} × time, ${cpu.toFixed(3)} × CPU`
    console.log(`  ${`${each.name} / ${baseline.name}`.padEnd(58)} ${factors}`)
  }
}

/** The medians of the ratios of each round, time and CPU: a round is compared with its neighbours only. */
export function ratios(subject: Measurement, baseline: Measurement): readonly [number, number] {
  const ratio = (values: readonly number[], others: readonly number[]): number =>
    median(values.map((value, round) => value / (others[round] ?? Number.NaN)))
  return [ratio(subject.wallUs, baseline.wallUs), ratio(subject.cpuUs, baseline.cpuUs)]
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
