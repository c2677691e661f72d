/** Names that an option has in the Python packages, or had before. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  scope: 'permission',
  scopes: 'permission',
  maxresultbytes: 'maxResultCharacters',
}

/**
 * The known name that was probably meant: one that differs in at most a third of its letters, or contains the given one.
 *
 * @example
 * ```ts
 * import { nearestName } from '@authsec/core/adapter'
 *
 * console.log(nearestName('audiense', ['audience', 'tenant'])) // audience
 * ```
 */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const lower = name.toLowerCase()
  const other = OTHER_NAMES[lower]
  if (other !== undefined && known.includes(other)) return other
  const [best] = known
    .map((candidate) => ({ candidate, distance: distanceOf(lower, candidate.toLowerCase()) }))
    .filter(({ candidate, distance }) => {
      const isPart =
        lower.length >= 3 &&
        (candidate.toLowerCase().includes(lower) || lower.includes(candidate.toLowerCase()))
      return isPart || distance <= Math.max(1, Math.floor(candidate.length / 3))
    })
    .sort((a, b) => a.distance - b.distance)
  return best?.candidate
}

/** Levenshtein distance; swapped letters count once. A name of more than 60 characters is near to none. */
function distanceOf(a: string, b: string): number {
  if (sorted(a) === sorted(b)) return 1
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

function sorted(text: string): string {
  return [...text].sort().join('')
}
