import type { Clock } from '../support/clock.ts'

/**
 * The time of day in milliseconds with a fraction. The server's clock has nanoseconds, and a clock of
 * whole milliseconds would hide clients that cannot read its timestamps (contract 1.2).
 */
export function microtime(clock: Clock): number {
  const now = clock.now()
  return Number.isInteger(now) ? now + fractionOf(clock.monotonic()) : now
}

/** An RFC 3339 timestamp as Go prints it: UTC, without trailing zeros of the fraction or an empty fraction. */
export function goTimestamp(ms: number): string {
  return withFraction(new Date(ms).toISOString().slice(0, 19), ms, 6, 'Z')
}

/** The same as Go prints the current time: nanoseconds, and the offset of the computer (contract 5). */
export function goLocalTimestamp(ms: number): string {
  const east = -new Date(ms).getTimezoneOffset()
  const local = new Date(ms + east * 60_000).toISOString().slice(0, 19)
  return withFraction(local, ms, 9, east === 0 ? 'Z' : offsetText(east))
}

function withFraction(seconds: string, ms: number, digits: 6 | 9, zone: string): string {
  const whole = String(Math.floor(ms) % 1000).padStart(3, '0')
  const rest = String(Math.floor(fractionOf(ms) * 10 ** (digits - 3))).padStart(digits - 3, '0')
  const fraction = (whole + rest).replace(/0+$/, '')
  return `${seconds}${fraction === '' ? '' : `.${fraction}`}${zone}`
}

function offsetText(minutes: number): string {
  const hours = String(Math.trunc(Math.abs(minutes) / 60)).padStart(2, '0')
  const rest = String(Math.abs(minutes) % 60).padStart(2, '0')
  return `${minutes < 0 ? '-' : '+'}${hours}:${rest}`
}

function fractionOf(value: number): number {
  return value - Math.floor(value)
}
