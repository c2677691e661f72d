import { findChromium, MISSING } from './chromium.ts'

/** Says that the tests are skipped. In CI, where the job installs the browser, that is an error. */
export default function announce(): void {
  if (findChromium() !== undefined) return
  if (process.env['CI'] === 'true') throw new Error(MISSING)
  process.stderr.write(`The browser tests are skipped. ${MISSING}\n`)
}
