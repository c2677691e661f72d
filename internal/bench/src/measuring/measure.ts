/** One thing to measure: does the work `count` times. */
export interface Subject {
  readonly name: string
  /** The fewest operations that are typical: as many as are in flight. Default: 1. */
  readonly least?: number
  run(count: number): Promise<void>
  /** CPU time in microseconds of the process that does the work. Default: this one, all threads. */
  cpuUs?(): Promise<number>
}

export interface Measurement {
  readonly name: string
  /** Microseconds per operation, one value for each round. */
  readonly wallUs: readonly number[]
  /** CPU time per operation, in microseconds. */
  readonly cpuUs: readonly number[]
}

export interface Pace {
  readonly rounds: number
  /** About how long one round of one subject takes, in milliseconds. */
  readonly roundMs: number
  /** At least how long a subject runs before its rounds, so that V8 has compiled it, in milliseconds. */
  readonly warmUpMs: number
}

/** Measures subjects in turns, so that a slow moment of the machine affects all of them. */
export async function measure(
  subjects: readonly Subject[],
  pace: Pace,
): Promise<readonly Measurement[]> {
  const series = []
  for (const subject of subjects) {
    const count = await warmUp(subject, pace)
    series.push({ subject, count, wallUs: [] as number[], cpuUs: [] as number[] })
  }
  for (let round = 0; round < pace.rounds; round++) {
    // Each subject is first as often as last.
    for (const each of round % 2 === 0 ? series : series.toReversed()) {
      const { wallUs, cpuUs } = await time(each.subject, each.count)
      each.wallUs.push(wallUs / each.count)
      each.cpuUs.push(cpuUs / each.count)
    }
  }
  return series.map(({ subject: { name }, wallUs, cpuUs }) => ({ name, wallUs, cpuUs }))
}

/** Runs the subject until it is warm, and returns how many operations make a round then. */
async function warmUp(subject: Subject, { roundMs, warmUpMs }: Pace): Promise<number> {
  const least = subject.least ?? 1
  // The first time opens connections and gets a token.
  await subject.run(least)
  const startedAt = performance.now()
  let count = least
  for (;;) {
    const { wallUs } = await time(subject, count)
    const fitting = Math.max(least, Math.ceil((count * roundMs * 1_000) / wallUs))
    const isMeasured = wallUs >= roundMs * 500
    if (isMeasured && performance.now() - startedAt >= warmUpMs) return fitting
    count = isMeasured ? fitting : count * 2
  }
}

async function time(
  { run, cpuUs = cpuOfThisProcess }: Subject,
  count: number,
): Promise<{ wallUs: number; cpuUs: number }> {
  const cpuBefore = await cpuUs()
  const before = performance.now()
  await run(count)
  const wallUs = (performance.now() - before) * 1_000
  return { wallUs, cpuUs: (await cpuUs()) - cpuBefore }
}

async function cpuOfThisProcess(): Promise<number> {
  const { user, system } = process.cpuUsage()
  return user + system
}

/** Makes calls one after another. */
export function oneByOne(call: () => unknown): Subject['run'] {
  return async (count) => {
    for (let index = 0; index < count; index++) await call()
  }
}

/** Keeps `width` calls in flight, as a busy server does. */
export function inFlight(width: number, call: () => Promise<unknown>): Subject['run'] {
  return async (count) => {
    let left = count
    const worker = async (): Promise<void> => {
      while (left > 0) {
        left -= 1
        await call()
      }
    }
    await Promise.all(Array.from({ length: Math.min(width, count) }, worker))
  }
}

/** Uses the next value for each call, and starts over after the last. */
export function inTurn<Value>(
  values: readonly [Value, ...Value[]],
  call: (value: Value) => Promise<unknown>,
): () => Promise<unknown> {
  let next = 0
  return () => {
    const value = values[next] ?? values[0]
    next = (next + 1) % values.length
    return call(value)
  }
}
