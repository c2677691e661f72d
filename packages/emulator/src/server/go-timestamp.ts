/** An RFC 3339 timestamp as Go prints it: without trailing zeros of the fraction, and without an empty fraction. */
export function goTimestamp(ms: number): string {
  return new Date(ms).toISOString().replace(/\.?0*Z$/, 'Z')
}
