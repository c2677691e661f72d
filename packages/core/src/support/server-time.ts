/** RFC 3339 with a zone, 0 to 9 fraction digits, and a day that exists; anything else is `undefined`. */
export function parseTimestamp(text: unknown): Date | undefined {
  if (typeof text !== 'string') return undefined
  const match =
    /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/.exec(
      text,
    )
  if (!match) return undefined
  const [, year = 0, month = 0, day = 0] = match.map(Number)
  const daysInMonth = new Date(Date.UTC(year, month, 0)).getUTCDate()
  const date = new Date(text)
  return Number.isNaN(date.getTime()) || day > daysInMonth ? undefined : date
}
