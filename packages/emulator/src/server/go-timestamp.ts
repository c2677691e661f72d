/** RFC 3339 as Go prints it: trailing zeros of the fraction are dropped, and the fraction with them. */
export function goTimestamp(ms: number): string {
  return new Date(ms).toISOString().replace(/\.?0*Z$/, 'Z')
}
