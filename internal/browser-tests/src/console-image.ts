import type { Browser } from 'playwright-core'
import { watchedContext } from './browser-page.ts'
import { consoleScene } from './console-scene.ts'

const SIZE = { width: 1_000, height: 1_230 }
const CLIENT_ID = 'a594430b-2bd4-4792-9666-63162ee858c5'
const OTHER_ID = '3f0d8a52-6a0e-4f5e-9b0c-5d5b6a1c2e77'

/** The console with approvals, agents and calls, as a picture at this path. */
export async function consoleImage(browser: Browser, path: string): Promise<void> {
  await using scene = await consoleScene({
    port: 7_468,
    clientId: CLIENT_ID,
    permissions: ['metrics:read', 'records:read'],
    agents: [{ clientId: OTHER_ID, agentType: 'billing', permissions: ['invoices:write'] }],
    clock: steadyClock(),
  })
  await using person = await watchedContext(browser, {
    viewport: SIZE,
    // Text stays readable when the picture is shown at half its size.
    deviceScaleFactor: 2,
    colorScheme: 'light',
  })
  await scene.call('metrics')
  await scene.call('records')
  await scene.ask('Delete record "rec-0007" [K7QD]')
  scene.emulator.control.approve()
  scene.emulator.control.delegate({ permissions: ['metrics:read'] })
  await scene.call('records')
  scene.emulator.control.delegate()
  await scene.ask('Pay "1,250.00 EUR" to "Acme GmbH" [M3XF]')
  await scene.ask('Delete record "rec-0042" [T9WZ]')
  scene.emulator.control.revoke(OTHER_ID)
  const page = await person.open(scene.address)
  await page.getByText('Live', { exact: true }).waitFor()
  await page.getByRole('row').filter({ hasText: '403' }).waitFor()
  await page.screenshot({ path, animations: 'disabled' })
  if (person.problems.length > 0) throw new Error(person.problems.join('\n'))
}

/** Noon, whenever the pictures are made. Durations are 1 ms. */
function steadyClock() {
  let elapsed = 0
  return {
    now: () => Date.UTC(2026, 10, 27, 12),
    monotonic: () => {
      elapsed += 1
      return elapsed
    },
    setTimeout(callback: () => void, ms: number) {
      const timer = setTimeout(callback, ms)
      return () => clearTimeout(timer)
    },
  }
}
