const ROUNDS = 11

/**
 * How many times as long some work takes as other work. Both take turns, and the fastest round of each counts,
 * so that a busy machine slows both or neither. For assertions with room: another machine has another ratio.
 */
export function costRatio(work: () => void, reference: () => void): number {
  const fastest = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, run] of [work, reference].entries()) {
      const start = performance.now()
      run()
      fastest[index] = Math.min(fastest[index] ?? 0, performance.now() - start)
    }
  }
  const [ofWork = 0, ofReference = 0] = fastest
  return ofWork / ofReference
}
