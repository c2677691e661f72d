import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

/** Where systems keep Chromium or a browser that is made of it. `CHROMIUM_PATH` names another place. */
const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
]

export const MISSING =
  'There is no Chromium. Install it (Debian: apt-get install chromium), or set CHROMIUM_PATH.'

/** The path of the browser, or `undefined`. Throws when `CHROMIUM_PATH` names a file that is not there. */
export function findChromium(): string | undefined {
  const named = process.env['CHROMIUM_PATH']
  if (named === undefined || named === '') return PLACES.find((place) => existsSync(place))
  if (existsSync(named)) return named
  throw new Error('CHROMIUM_PATH names a file that does not exist.')
}

/** Starts the browser without a window. It reaches this computer only. */
export async function launchChromium(): Promise<Browser> {
  const executablePath = findChromium()
  if (executablePath === undefined) throw new Error(MISSING)
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-dev-shm-usage',
      '--disable-gpu',
      '--no-first-run',
      '--host-resolver-rules=MAP *.test 127.0.0.1, EXCLUDE localhost',
    ],
  })
}
