import type { Browser } from 'playwright-core'
import { watchedContext } from './browser-page.ts'
import { chatScene } from './chat-scene.ts'
import { showCode } from './in-page.ts'

const SIZE = { width: 820, height: 890 }
const LEFT_MS = 272_000

/** The chat while a deletion waits for its approval, as a picture at this path. */
export async function chatImage(browser: Browser, path: string): Promise<void> {
  await using scene = await chatScene()
  await using person = await watchedContext(browser, {
    viewport: SIZE,
    // Text stays readable when the picture is shown at half its size.
    deviceScaleFactor: 2,
    colorScheme: 'light',
  })
  const page = await person.open(scene.address)
  for (const text of ['Which records are there?', 'Delete rec-0042']) {
    await page.locator('.messages[aria-busy=false]').waitFor({ state: 'attached' })
    await page.getByLabel('Message').fill(text)
    await page.keyboard.press('Enter')
  }
  const time = page.locator('.waiting time')
  const until = (await time.getAttribute('datetime')) ?? ''
  await page.clock.setFixedTime(Date.parse(until) - LEFT_MS)
  await page.locator('.waiting time', { hasText: '4:32' }).waitFor()
  await page.locator('.messages[aria-busy=false]').waitFor()
  // It is another one each time.
  await page.evaluate(showCode('T9WZK4'))
  await page.getByLabel('Message').blur()
  await page.screenshot({ path, animations: 'disabled' })
  if (person.problems.length > 0) throw new Error(person.problems.join('\n'))
}
