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
  const startedAt = performance.now()
  let before: number | undefined
  // The first fifth of the time fills the caches.
  target.property.beforeEach(() => {
    if (performance.now() - startedAt > seconds * 200) before ??= memory()
  })
  const parameters = {
    seed,
    ...(path !== undefined && { path }),
    numRuns: Number.MAX_SAFE_INTEGER,
    interruptAfterTimeLimit: seconds * 1000,
    includeErrorInReport: true,
  }
  const details = await fc.check(target.property, parameters as fc.Parameters<[unknown]>)
  const growthMiB = before === undefined ? 0 : Math.round((memory() - before) / MIB)
  const facts = { runs: details.numRuns, growthMiB, counts: { ...target.counts } }
  // An input that takes longer than the time there is counts as nothing, not as a finding.
  if (!details.failed || details.counterexample === null) return facts
  const { errorInstance, counterexample, counterexamplePath } = details
  const finding = {
    message: errorInstance instanceof Error ? errorInstance.message : 'unknown',
    input: fc.stringify(counterexample),
    path: `--seed ${details.seed} --path ${counterexamplePath}`,
  }
  return { ...facts, finding }
}

function memory(): number {
  if (!globalThis.gc) throw new Error('Run this with node --expose-gc, as `pnpm fuzz` does.')
  globalThis.gc()
  globalThis.gc()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
