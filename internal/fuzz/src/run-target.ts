import fc from 'fast-check'
import type { FuzzTarget } from './target.ts'

export interface FuzzResult {
  readonly runs: number
  /** Growth of memory after garbage collection, from the first fifth of the time to the end, in MiB. */
  readonly growthMiB: number
  readonly counts: Readonly<Record<string, number>>
  readonly finding?: { readonly message: string; readonly input: string; readonly path: string }
}

const MIB = 1_048_576

/** Runs random inputs until the time is over or an input breaks a rule; that input is then made small. */
export async function runTarget(
  target: FuzzTarget,
  { seconds, seed, path }: { seconds: number; seed: number; path?: string | undefined },
): Promise<FuzzResult> {
  const first = await run(target, seed, seconds * 0.2, path)
  const before = memory()
  // A path repeats one input of the first part; there is nothing to go on with.
  const isOver = first.failed || path !== undefined
  const second = isOver ? undefined : await run(target, seed + 1, seconds * 0.8)
  const growthMiB = Math.round((memory() - before) / MIB)
  const last = second ?? first
  const runs = first.numRuns + (second?.numRuns ?? 0)
  const counts = { ...target.counts }
  // An input that takes longer than the time there is counts as nothing, not as a finding.
  if (!last.failed || last.counterexample === null) return { runs, growthMiB, counts }
  const finding = {
    message: last.errorInstance instanceof Error ? last.errorInstance.message : 'unknown',
    input: fc.stringify(last.counterexample),
    path: `--seed ${last.seed} --path ${last.counterexamplePath}`,
  }
  return { runs, growthMiB, counts, finding }
}

async function run(target: FuzzTarget, seed: number, seconds: number, path?: string) {
  return fc.check(target.property, {
    seed,
    ...(path !== undefined && { path }),
    numRuns: Number.MAX_SAFE_INTEGER,
    interruptAfterTimeLimit: seconds * 1000,
    includeErrorInReport: true,
  } as fc.Parameters<[unknown]>)
}

function memory(): number {
  if (!globalThis.gc) throw new Error('Run this with node --expose-gc, as `pnpm fuzz` does.')
  globalThis.gc()
  globalThis.gc()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
