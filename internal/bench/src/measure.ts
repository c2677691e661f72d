/** One thing to measure: does the work `count` times. */
export interface Subject {
  readonly name: string
  run(count: number): Promise<void>
}

export interface Measurement {
  readonly name: string
  /** Microseconds per operation, round by round. */
  readonly wallUs: readonly number[]
  /** CPU time of the whole process, all threads, per operation. */
  readonly cpuUs: readonly number[]
}

/** Measures subjects in turns, so that a slow moment of the machine meets them all alike. */
export async function measure(
  subjects: readonly Subject[],
  { rounds, count }: { rounds: number; count: number },
): Promise<readonly Measurement[]> {
  const results = subjects.map((subject) => ({
    subject,
    wallUs: [] as number[],
    cpuUs: [] as number[],
  }))
  for (const { subject } of results) await subject.run(count)
  for (let round = 0; round < rounds; round++) {
    // Each is first as often as last.
    for (const result of round % 2 === 0 ? results : results.toReversed()) {
      const cpuBefore = process.cpuUsage()
      const before = performance.now()
      await result.subject.run(count)
      result.wallUs.push(((performance.now() - before) * 1000) / count)
      const { user, system } = process.cpuUsage(cpuBefore)
      result.cpuUs.push((user + system) / count)
    }
  }
  return results.map(({ subject, wallUs, cpuUs }) => ({ name: subject.name, wallUs, cpuUs }))
}

/** The middle one of the ratios of each round: rounds are compared with their neighbours only. */
export function ratio(subject: readonly number[], baseline: readonly number[]): number {
  return median(subject.map((value, round) => value / (baseline[round] ?? Number.NaN)))
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
