/**
 * The times in the headers of an answer. Each is believed only where it is well formed and plausible. This file
 * imports nothing: @authsec/verify has the same one.
 */

/** Names in lower case. */
type TimeHeaders = Readonly<Record<string, string | undefined>>

/** Longest pause that a server can ask for, in milliseconds: five minutes. */
export const MAX_RETRY_AFTER_MS = 300_000
/** An answer that was in a cache for longer tells nothing about the time. */
const MAX_AGE_SECONDS = 86_400

/**
 * How long an answer asks to wait, in milliseconds (RFC 9110 section 10.2.3): whole seconds, or a date. A
 * date counts from the time of the answer itself, because the local clock may be wrong. `undefined` for
 * anything else; at most five minutes.
 */
export function retryAfterMs(headers: TimeHeaders, now: number): number | undefined {
  const value = headers['retry-after']?.trim() ?? ''
  const date = parseHttpDate(value)
  const fromDate = date === undefined ? undefined : date - (serverTimeOf(headers) ?? now)
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : fromDate
  return ms === undefined ? undefined : Math.min(MAX_RETRY_AFTER_MS, Math.max(0, ms))
}

/**
 * The server's time when an answer arrived, in milliseconds since 1970: its `Date`, and for an answer out of
 * a cache the `Age` on top (RFC 9111 section 4.2.3). `undefined` when either is malformed.
 */
export function serverTimeOf(headers: TimeHeaders): number | undefined {
  const date = parseHttpDate(headers['date'])
  const age = headers['age']?.trim() ?? '0'
  const isUsable = /^\d{1,9}$/.test(age) && Number(age) <= MAX_AGE_SECONDS
  return date !== undefined && isUsable ? date + Number(age) * 1000 : undefined
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const TIME = String.raw`(?<time>\d{2}:\d{2}:\d{2})`
/** The one form that is sent, and the two obsolete ones that a recipient must read (RFC 9110 section 5.6.7). */
const HTTP_DATES = [
  String.raw`[A-Z][a-z]{2}, (?<day>\d{2}) (?<month>[A-Z][a-z]{2}) (?<year>\d{4}) ${TIME} GMT`,
  String.raw`[A-Z][a-z]{5,8}, (?<day>\d{2})-(?<month>[A-Z][a-z]{2})-(?<year>\d{2}) ${TIME} GMT`,
  String.raw`[A-Z][a-z]{2} (?<month>[A-Z][a-z]{2}) (?<day>[ \d]\d) ${TIME} (?<year>\d{4})`,
].map((form) => new RegExp(`^${form}$`))

/** Not by `Date.parse`, for which "-1", "1.5" and "2, 2" are dates of this century. */
function parseHttpDate(text: string | undefined): number | undefined {
  const parts = HTTP_DATES.map((form) => form.exec(text ?? '')?.groups).find(Boolean)
  if (!parts) return undefined
  const { day = '', month = '', year = '', time = '' } = parts
  // Two digits count as this century's: obsolete forms are still sent, and old answers are not.
  const fullYear = Number(year.length === 2 ? `20${year}` : year)
  const midnight = Date.UTC(fullYear, MONTHS.indexOf(month), Number(day))
  const date = new Date(midnight)
  if (date.getUTCDate() !== Number(day) || date.getUTCMonth() !== MONTHS.indexOf(month)) {
    return undefined
  }
  const [hours = 0, minutes = 0, seconds = 0] = time.split(':').map(Number)
  // A leap second is the 61st of its minute.
  const isTime = hours < 24 && minutes < 60 && seconds <= 60
  return isTime ? midnight + ((hours * 60 + minutes) * 60 + seconds) * 1000 : undefined
}
