import type { VerificationError } from './errors.ts'
import type { Clock } from './support/clock.ts'

type Report = (error: VerificationError) => void

const PAUSE_MS = 60_000

/**
 * Tells the operator of the API why tokens cannot be checked: callers get a 503 without the reason. At
 * most once a minute, and what the function throws is dropped.
 */
export function createOutageReport(report: Report = warn, clock: Clock): Report {
  let nextAt = Number.NEGATIVE_INFINITY
  return (error) => {
    if (clock.monotonic() < nextAt) return
    nextAt = clock.monotonic() + PAUSE_MS
    try {
      report(error)
    } catch {
      // A mistake in a log function must not decide about a request.
    }
  }
}

/** Workers have no process to warn. */
function warn({ message, systemCode, hint }: VerificationError): void {
  const code = systemCode === undefined ? '' : ` (${systemCode})`
  globalThis.process?.emitWarning?.(`${message}${code} ${hint}`, 'AuthSecVerify')
}
