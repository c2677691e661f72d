/** RFC 9110 section 10.2.3: seconds or a date. */
export function retryAfter(value: string | undefined, now: number): Date | undefined {
  if (value === undefined) return undefined
  const time = /^\d{1,9}$/.test(value) ? now + Number(value) * 1000 : Date.parse(value)
  return Number.isNaN(time) ? undefined : new Date(time)
}
