/** RFC 9110 section 10.2.3: seconds or a date. */
export function retryAfter(value: string | undefined, now: number): Date | undefined {
  if (value === undefined) return undefined
  const time = /^\d{1,9}$/.test(value) ? now + Number(value) * 1000 : Date.parse(value)
  return Number.isNaN(time) ? undefined : new Date(time)
}

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
