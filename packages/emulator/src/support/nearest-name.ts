const LONGEST_NAME = 60

/** Names that an option had before, or has in other tools. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  now: 'clock',
  autoapprove: 'approvals',
  interval: 'pollIntervalSeconds',
  scope: 'permissions',
  settimeout: 'clock',
  ttl: 'ttlSeconds',
  scopes: 'permissions',
}

/**
 * The known name for which the given one is probably a typing mistake: a part of it, or a name that
 * differs from it in at most a third of its letters.
 */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const given = name.toLowerCase()
  if (given === '' || given.length > LONGEST_NAME) return undefined
  const other = Object.hasOwn(OTHER_NAMES, given) ? OTHER_NAMES[given] : undefined
  if (other !== undefined && known.includes(other)) return other
  const [nearest] = known
    .map((candidate) => ({ candidate, distance: editDistance(given, candidate.toLowerCase()) }))
    .filter(({ candidate, distance }) => {
      const tolerated = Math.max(1, Math.floor(candidate.length / 3))
      return distance <= tolerated || isPartOf(given, candidate.toLowerCase())
    })
    .sort((a, b) => a.distance - b.distance)
  return nearest?.candidate
}

function isPartOf(given: string, candidate: string): boolean {
  return given.length >= 3 && (candidate.includes(given) || given.includes(candidate))
}

/** The Levenshtein distance, computed row by row. Letters in another order count as one mistake. */
function editDistance(from: string, to: string): number {
  if ([...from].sort().join('') === [...to].sort().join('')) return 1
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (const [index, letter] of [...from].entries()) {
    const next = [index + 1]
    for (let column = 1; column <= to.length; column += 1) {
      const substituted = (row[column - 1] ?? 0) + (letter === to[column - 1] ? 0 : 1)
      next.push(Math.min((row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1, substituted))
    }
    row = next
  }
  return row[to.length] ?? 0
}
