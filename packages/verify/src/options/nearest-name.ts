/**
 * The known name that the given one is probably a misspelling of: at most a third of its characters
 * differ, or one name contains the other.
 */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const lower = name.toLowerCase()
  const [nearest] = known
    .map((candidate) => ({ candidate, distance: editDistance(lower, candidate.toLowerCase()) }))
    .filter(({ candidate, distance }) => isNear(lower, candidate.toLowerCase(), distance))
    .sort((a, b) => a.distance - b.distance)
  return nearest?.candidate
}

function isNear(name: string, candidate: string, distance: number): boolean {
  const isPart = name.length >= 3 && (candidate.includes(name) || name.includes(candidate))
  return isPart || distance <= Math.max(1, Math.floor(candidate.length / 3))
}

/** The Levenshtein distance, computed in one row. A very long name is near nothing. */
function editDistance(a: string, b: string): number {
  if (a.length > 60) return Number.POSITIVE_INFINITY
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const substituted = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, substituted))
    }
    row = next
  }
  return row[b.length] ?? 0
}
