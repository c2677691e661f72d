import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { seriousViolations } from '../src/axe.ts'
import { watchedContext } from '../src/browser-page.ts'
import { type ChatScene, type ChatSceneOptions, chatScene } from '../src/chat-scene.ts'
import { findChromium, launchChromium } from '../src/chromium.ts'
import { attackOn, FOCUSED_TEXT, SCROLL_WIDTH, submitForm } from '../src/in-page.ts'
import { otherPage } from '../src/other-page.ts'

let browser: Browser
const hasChromium = findChromium() !== undefined
beforeAll(async () => {
  if (hasChromium) browser = await launchChromium()
})
afterAll(async () => {
  if (hasChromium) await browser.close()
})

type Person = Awaited<ReturnType<typeof watchedContext>>

/** A chat, and a person who looks at it. In the end the browser must have nothing to complain about. */
async function withChat(
  run: (scene: ChatScene, page: Page, person: Person) => Promise<void>,
  { scene: options, context }: { scene?: ChatSceneOptions; context?: BrowserContextOptions } = {},
): Promise<void> {
  await using scene = await chatScene(options)
  await using person = await watchedContext(browser, context)
  const received = textsOf(person)
  const page = await person.open(scene.address)
  await page.getByRole('heading', { name: 'What may I do for you?' }).waitFor()
  await run(scene, page, person)
  expect(person.problems).toEqual([])
  const own = new URL(scene.address).origin
  expect([...person.origins].filter((origin) => origin !== scene.emulator.baseUrl)).toEqual([own])
  expect(await secretsIn(await received(), scene)).toEqual([])
}

/** Everything that the pages of a person receive. */
function textsOf({ context }: Person): () => Promise<string> {
  const texts: Promise<string>[] = []
  context.on('response', (response) => {
    // An event stream has no end, and what it sends is a number.
    if (response.headers()['content-type']?.startsWith('text/event-stream')) return
    texts.push(response.text().catch(() => ''))
  })
  return async () => (await Promise.all(texts)).join('\n')
}

/** No token, no name of a question at AuthSec, no sealed question, no client ID. */
async function secretsIn(text: string, { emulator }: ChatScene): Promise<string[]> {
  const { control, clientId } = emulator
  const names = control.approvals().map(({ authReqId }) => authReqId)
  const secrets = [...names, ...control.issuedSecrets, clientId, 'eyJ']
  expect(text).toContain('rec-00')
  return secrets.filter((secret) => text.includes(secret))
}

const card = (page: Page, title: string) =>
  page.getByRole('region', { name: title }).filter({ hasText: 'Delete record' })
const waiting = (page: Page) => card(page, 'Waiting for an approval')
const words = (page: Page, text: string) => page.locator('.words', { hasText: text })
const said = (page: Page) => page.getByRole('status')

const idle = (page: Page) =>
  page.locator('.messages[aria-busy=false]').waitFor({ state: 'attached' })

async function say(page: Page, text: string): Promise<void> {
  await idle(page)
  await page.getByLabel('Message').fill(text)
  await page.keyboard.press('Enter')
}

async function askToDelete(page: Page, id: string): Promise<void> {
  await say(page, `Delete ${id}`)
  await waiting(page).filter({ hasText: id }).waitFor()
}

describe.skipIf(!hasChromium)('the chat in a browser', () => {
  test.each([
    ['Approve', 'Approved and deleted', 'The API confirmed the deletion.', ['rec-0042']],
    ['Deny', 'Denied', 'Nothing was deleted.', []],
  ])('%s in the console, and the chat goes on', async (button, title, text, deleted) => {
    await withChat(async (scene, page) => {
      await say(page, 'Which records are there?')
      await words(page, 'There are 5 records').waitFor()
      await askToDelete(page, 'rec-0042')
      const [asked] = scene.emulator.control.approvals()
      const code = /\[(\w{6})\]$/.exec(asked?.bindingMessage ?? '')?.[1] ?? ''
      const shown = waiting(page)
      expect(await shown.getByText(code, { exact: true }).count()).toBe(1)
      expect(await shown.locator('time').textContent()).toMatch(/^(5:00|4:5\d)$/)
      expect(await shown.textContent()).toContain('a***@example.com')
      await said(page)
        .getByText(`Code ${[...code].join(' ')}`)
        .waitFor()
      expect(scene.deletions()).toEqual([])

      const opened = page.context().waitForEvent('page')
      await shown.getByRole('link', { name: 'Open the console' }).click()
      const console = await opened
      expect(console.url()).toBe(scene.consoleAddress)
      const question = console.getByRole('article').filter({ hasText: code })
      await question.getByRole('button', { name: button }).click()
      await card(page, title).getByText(text).waitFor()
      await said(page).getByText(text).waitFor()
      expect(scene.deletions()).toEqual(deleted)
      expect(await waiting(page).count()).toBe(0)
    })
  })

  test('a question that nobody answers expires, and says what to do', async () => {
    let offset = 0
    const clock = {
      now: () => Date.now() + offset,
      monotonic: () => performance.now(),
      setTimeout(callback: () => void, ms: number) {
        const timer = setTimeout(callback, ms)
        return () => clearTimeout(timer)
      },
    }
    await withChat(
      async (scene, page) => {
        await askToDelete(page, 'rec-0042')
        offset = 301_000
        await card(page, 'Expired').getByText('Ask again when the approver is there.').waitFor()
        expect(await card(page, 'Expired').textContent()).toContain('Nothing was deleted.')
        expect(scene.deletions()).toEqual([])
      },
      { scene: { clock } },
    )
  })

  test('two tabs show the same, and the deletion happens once', async () => {
    await withChat(async (scene, page, person) => {
      await askToDelete(page, 'rec-0042')
      const other = await person.open(scene.address)
      await waiting(other).waitFor()
      scene.emulator.control.approve()
      await Promise.all(
        [page, other].map((tab) => tab.getByRole('button', { name: 'Check now' }).click()),
      )
      await Promise.all([page, other].map((tab) => words(tab, 'Done: rec-0042').waitFor()))
      expect(scene.deletions()).toEqual(['rec-0042'])
      // What is said in one appears in the other.
      await askToDelete(other, 'rec-0023')
      await waiting(page).filter({ hasText: 'rec-0023' }).waitFor()
      scene.emulator.control.deny()
      await Promise.all([page, other].map((tab) => card(tab, 'Denied').waitFor()))
      expect(scene.deletions()).toEqual(['rec-0042'])
    })
  })

  test('a reload keeps what waits, and what is being written', async () => {
    await withChat(
      async (scene, page) => {
        await say(page, 'Delete rec-0042')
        await words(page, 'Let me').waitFor()
        await page.reload()
        await waiting(page).waitFor()
        const code = await waiting(page).locator('.code').textContent()
        await page.reload()
        await waiting(page)
          .getByText(code ?? '', { exact: true })
          .waitFor()
        scene.emulator.control.approve()
        await card(page, 'Approved and deleted').waitFor()
        await page.reload()
        await words(page, 'Done: rec-0042 is deleted.').waitFor()
        expect(await page.locator('.message').count()).toBe(2)
        expect(scene.deletions()).toEqual(['rec-0042'])
      },
      { scene: { delayMs: 20 } },
    )
  })

  test('a user who goes on meanwhile sees in the old place what came of it', async () => {
    await withChat(async (scene, page) => {
      await askToDelete(page, 'rec-0042')
      await say(page, 'Which records are there?')
      await words(page, 'There are 5 records').waitFor()
      scene.emulator.control.approve()
      await card(page, 'Approved and deleted').waitFor()
      expect(scene.deletions()).toEqual(['rec-0042'])
      await page.getByRole('button', { name: 'New' }).click()
      await page.getByRole('heading', { name: 'What may I do for you?' }).waitFor()
      expect(await page.locator('.message').count()).toBe(0)
    })
  })

  test('works on a phone of 360 pixels: nothing is wider, and what is pressed is large', async () => {
    const context = {
      viewport: { width: 360, height: 740 },
      ...{ isMobile: true, hasTouch: true, deviceScaleFactor: 2 },
    }
    const title = `Name ${'x'.repeat(200)}`
    const records = [{ id: 'rec-0099', title, status: 'active', updated_at: '2026-01-01' }] as const
    await withChat(
      async (scene, page) => {
        await askToDelete(page, 'rec-0099')
        expect(await page.evaluate(SCROLL_WIDTH)).toBeLessThanOrEqual(360)
        for (const name of ['Open the console', 'Check now', 'Send', 'New']) {
          const box = await page
            .getByText(name, { exact: true })
            .locator('xpath=ancestor-or-self::*[contains(@class,"button")]')
            .boundingBox()
          expect(box?.height, name).toBeGreaterThanOrEqual(44)
          expect((box?.x ?? -1) + (box?.width ?? 999), name).toBeLessThanOrEqual(360)
        }
        // The code is in view without scrolling.
        const code = await waiting(page).locator('.code').boundingBox()
        expect(code?.y).toBeGreaterThan(56)
        expect(code?.y).toBeLessThan(640)
        scene.emulator.control.approve()
        await page.getByRole('button', { name: 'Check now' }).tap()
        await words(page, 'Done: rec-0099').waitFor()
        expect(await page.evaluate(SCROLL_WIDTH)).toBeLessThanOrEqual(360)
        expect(await seriousViolations(page)).toEqual([])
      },
      { context, scene: { records } },
    )
  })

  test('works with the keyboard alone, and keeps the focus near', async () => {
    await withChat(async (scene, page) => {
      const press = async (...keys: string[]): Promise<string> => {
        for (const key of keys) await page.keyboard.press(key)
        return page.evaluate<string>(FOCUSED_TEXT)
      }
      expect(await press('Tab')).toBe('New conversation')
      expect(await press('Tab', 'Tab')).toBe('Delete rec-0042')
      expect(await press('Enter')).toBe('Message')
      await waiting(page).waitFor()
      expect(await press('Shift+Tab')).toBe('Check now')
      expect(await press('Shift+Tab')).toBe('Open the console')
      await press('Tab')
      scene.emulator.control.approve()
      await page.keyboard.press('Enter')
      await card(page, 'Approved and deleted').waitFor()
      expect(await page.evaluate<string>(FOCUSED_TEXT)).toBe('Approved and deleted')
      await words(page, 'Done: rec-0042').waitFor()
      await idle(page)
      expect(await press('Tab')).toBe('Message')
      await page.keyboard.type('Delete rec-0023')
      await page.keyboard.press('Enter')
      await waiting(page).waitFor()
      expect(await page.evaluate<string>(FOCUSED_TEXT)).toBe('Message')
      expect(scene.deletions()).toEqual(['rec-0042'])
    })
  })

  test('HTML and characters that turn text are text, whoever wrote them', async () => {
    const nasty =
      '<img src=x onerror="document.title=1"><script>document.title=2</script>\u202eevil\u2066 [a](javascript:1) "\'`</p>'
    const shown = nasty.replace('\u202e', '[U+202E]').replace('\u2066', '[U+2066]')
    const records = [
      { id: 'rec-0099', title: nasty, status: 'active', updated_at: '2026-01-01' },
    ] as const
    await withChat(
      async (_scene, page) => {
        await say(page, `Which records are there? ${nasty}`)
        await words(page, 'There are 6 records').waitFor()
        await idle(page)
        expect(await page.locator('.user .words').textContent()).toContain(shown)
        expect(await words(page, 'There are 6 records').textContent()).toContain(
          `rec-0099  ${shown}`,
        )
        await askToDelete(page, 'rec-0099')
        await page.reload()
        await waiting(page).waitFor()
        expect(await page.title()).toBe('Records assistant')
        expect(
          await page.locator('main img, main script, main a:not(.button), footer a').count(),
        ).toBe(0)
        expect(await page.textContent('body')).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/)
      },
      { scene: { records } },
    )
  })

  test.each(['light', 'dark'] as const)(
    'has no serious violation of axe in %s colours, and moves nothing for who wants that',
    async (colorScheme) => {
      await withChat(
        async (scene, page) => {
          expect(await seriousViolations(page)).toEqual([])
          await askToDelete(page, 'rec-0042')
          expect(await seriousViolations(page)).toEqual([])
          expect(await page.evaluate('document.getAnimations().length')).toBe(0)
          scene.emulator.control.approve()
          await words(page, 'Done: rec-0042').waitFor()
          await askToDelete(page, 'rec-0023')
          scene.emulator.control.deny()
          await card(page, 'Denied').waitFor()
          await words(page, 'The approver said no').waitFor()
          expect(await seriousViolations(page)).toEqual([])
        },
        { context: { colorScheme, reducedMotion: 'reduce' } },
      )
    },
  )
})

describe.skipIf(!hasChromium)('a page of another origin beside the chat', () => {
  test('on another port of this computer reads nothing and presses nothing', async () => {
    await using scene = await chatScene()
    await using person = await watchedContext(browser)
    const chat = await person.open(scene.address)
    await askToDelete(chat, 'rec-0042')
    await using other = await otherPage()
    const page = await person.open(other.address)
    const script = await chat.locator('head script').getAttribute('src')
    const targets = {
      address: scene.address,
      press: ['api/messages', 'text=Hello', '{"text":"Delete rec-0023"}'],
      read: ['', 'api/conversation', 'api/answer'],
      events: ['api/events', 'version'],
      script: script?.slice(1) ?? '',
    } as const
    expect(await page.evaluate(attackOn(targets))).toEqual([])
    await page.evaluate(submitForm(`${scene.address}api/new`))
    await page.waitForURL(`${scene.address}api/new`)
    expect(await page.textContent('body')).toContain('origin_refused')
    // A link may open the chat, and shows what is in it to the person alone.
    expect(await chat.locator('.message').count()).toBe(2)
    expect(scene.emulator.control.approvals()).toHaveLength(1)
  })

  test('under a name that was rebound to this computer gets 403, and no page', async () => {
    await using scene = await chatScene()
    await using person = await watchedContext(browser)
    const { port } = new URL(scene.address)
    const page = await person.context.newPage()
    const answer = await page.goto(`http://rebound.test:${port}/`)
    expect(answer?.status()).toBe(403)
    expect(await page.textContent('body')).toContain('host_refused')
    const statuses = await page.evaluate(`(async () => {
      const headers = { 'content-type': 'application/json' }
      const press = { method: 'POST', headers, body: '{"text":"Hello"}' }
      const answers = [await fetch('/api/conversation'), await fetch('/api/messages', press)]
      return answers.map(({ status }) => status)
    })()`)
    expect(statuses).toEqual([403, 403])
    expect(await person.context.cookies()).toEqual([])
  })
})
