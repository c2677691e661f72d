import type { EmulatorHandler } from '@authsec/emulator'
import { findLeaks } from '@authsec-internal/test-kit'

/** The counts of a soak, and the upper bounds of some of them. */
export interface Tally {
  name: string
  counts: Readonly<Record<string, number>>
  /** A count without a limit is printed only. */
  limits: Readonly<Record<string, number>>
}

export function exceeded({ counts, limits }: Tally): string[] {
  return Object.entries(limits)
    .filter(([name, limit]) => !((counts[name] ?? Number.NaN) <= limit))
    .map(([name, limit]) => `${name}: ${counts[name]} instead of at most ${limit}`)
}

/** Runs `count` pieces of work, `width` at a time. */
export async function inParallel(
  count: number,
  width: number,
  work: (index: number) => Promise<void>,
): Promise<void> {
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < count) {
      const index = next
      next += 1
      await work(index)
    }
  }
  await Promise.all(Array.from({ length: width }, worker))
}

export const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms)
  })

/** The number of places where a secret of the emulator was found. */
export function countLeaks({ control }: Pick<EmulatorHandler, 'control'>): number {
  return findLeaks(control.issuedSecrets.map((secret) => [secret, 'secret'])).length
}
