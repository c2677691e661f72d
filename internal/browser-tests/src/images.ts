import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { chatImage } from './chat-image.ts'
import { launchChromium } from './chromium.ts'
import { consoleImage } from './console-image.ts'

/** `pnpm images`: makes the pictures of the documentation anew, at a fixed size and with the same contents. */
const target = join(import.meta.dirname, '../../../docs/images')

mkdirSync(target, { recursive: true })
const browser = await launchChromium()
try {
  await consoleImage(browser, join(target, 'console.png'))
  await chatImage(browser, join(target, 'chat.png'))
} finally {
  await browser.close()
}
