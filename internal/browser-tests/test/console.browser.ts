import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { seriousViolations } from '../src/axe.ts'
import { watchedContext } from '../src/browser-page.ts'
import { findChromium, launchChromium } from '../src/chromium.ts'
import { consoleScene } from '../src/console-scene.ts'
import {
  attackOn,
  consoleTargets,
  FOCUSED_ID,
  KEEP_STALE_CARD,
  READ_AND_PRESS,
  SCROLL_WIDTH,
  submitForm,
} from '../src/in-page.ts'
import { otherPage } from '../src/other-page.ts'

let browser: Browser
const hasChromium = findChromium() !== undefined
beforeAll(async () => {
  if (hasChromium) browser = await launchChromium()
})
afterAll(async () => {
  if (hasChromium) await browser.close()
})

type Scene = Awaited<ReturnType<typeof consoleScene>>
type Person = Awaited<ReturnType<typeof watchedContext>>

/** A scene, and a person who looks at its console. In the end the browser must have nothing to complain about. */
async function withConsole(
  run: (scene: Scene, page: Page, person: Person) => Promise<void>,
  {
    emulator = {},
    context = {},
  }: { emulator?: Parameters<typeof consoleScene>[0]; context?: BrowserContextOptions } = {},
): Promise<void> {
  await using scene = await consoleScene(emulator)
  await using person = await watchedContext(browser, context)
  const page = await person.open(scene.address)
  await page.getByText('Live', { exact: true }).waitFor()
  await run(scene, page, person)
  expect(person.problems).toEqual([])
  expect([...person.origins]).toEqual([scene.emulator.baseUrl])
}

const card = (page: Page, text: string) => page.getByRole('article').filter({ hasText: text })
const statusOf = ({ emulator }: Scene) => emulator.control.approvals().map(({ status }) => status)

/** Makes calls, ten in each 10 ms. */
async function callsAtRate({ emulator }: Scene, total: number): Promise<void> {
  const startedAt = performance.now()
  for (let made = 0; made < total; ) {
    const due = Math.min(total, Math.ceil(performance.now() - startedAt))
    const numbers = Array.from({ length: due - made }, (_, index) => made + index)
    await Promise.all(
      numbers.map(async (number) => {
        const address = `${emulator.vaultUrl}records/call-${number}`
        // On a busy machine the server may close a connection right when it is used again.
        const answer = await fetch(address).catch(() => fetch(address))
        await answer.arrayBuffer()
      }),
    )
    made = due
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

describe.skipIf(!hasChromium)('the console in a browser', () => {
  test.each([
    ['Approve', 'approved', 'Approved.'],
    ['Deny', 'denied', 'Denied.'],
  ])('%s decides the request of its card, and no other', async (button, status, said) => {
    await withConsole(async (scene, page) => {
      await scene.ask('Delete order 1 [AAAA]')
      await scene.ask('Delete order 2 [BBBB]')
      await page.getByText('2 requests wait for a decision.').waitFor()
      expect(await page.title()).toBe('(2) AuthSec emulator')
      const asked = card(page, 'Delete order 1')
      expect(await asked.getByText('AAAA', { exact: true }).count()).toBe(1)
      expect(await asked.locator('time').textContent()).toMatch(/^0[45]:\d\d$/)
      await asked.getByRole('button', { name: button }).click()
      await page.getByText(said).waitFor()
      await page.locator('.decided', { hasText: 'Delete order 1' }).waitFor()
      expect(statusOf(scene)).toEqual([status, 'pending'])
      expect(await card(page, 'Delete order 2').count()).toBe(1)
    })
  })

  test('a card goes when its request expires', async () => {
    let offset = 0
    const clock = {
      now: () => Date.now() + offset,
      monotonic: () => performance.now(),
      setTimeout(callback: () => void, ms: number) {
        const timer = setTimeout(callback, ms)
        return () => clearTimeout(timer)
      },
    }
    await withConsole(
      async (scene, page) => {
        await scene.ask('Delete order 1 [AAAA]')
        await card(page, 'Delete order 1').waitFor()
        offset = 301_000
        await page.locator('.decided', { hasText: 'expired' }).waitFor()
        expect(await card(page, 'Delete order 1').count()).toBe(0)
      },
      { emulator: { clock } },
    )
  })

  test('two tabs show the same, and the second decision says what happened', async () => {
    await withConsole(async (scene, page, person) => {
      const other = await person.open(scene.address)
      await scene.ask('Delete order 1 [AAAA]')
      const approve = (tab: Page) => card(tab, 'order 1').getByRole('button', { name: 'Approve' })
      await approve(page).waitFor()
      await approve(other).waitFor()
      await other.evaluate(KEEP_STALE_CARD)
      await approve(page).click()
      await page.locator('.decided', { hasText: 'approved' }).waitFor()
      await other.locator('.decided', { hasText: 'approved' }).waitFor()
      const refused = other.waitForResponse((answer) => answer.url().endsWith('/console/decide'))
      await other.locator('main > article').getByRole('button', { name: 'Deny' }).click()
      expect((await refused).status()).toBe(400)
      await other.getByText('This approval request is approved, not pending.').waitFor()
      expect(statusOf(scene)).toEqual(['approved'])
      // The browser reports each answer of 400, and nothing else.
      expect(person.problems.splice(0)).toEqual([expect.stringContaining('400')])
    })
  })

  test('a delegation gets other permissions, is revoked, and expires', async () => {
    await withConsole(async (scene, page) => {
      const { control } = scene.emulator
      const agent = card(page, 'langchain')
      await agent.getByLabel('Permissions').fill('orders:read, orders:write')
      // What happens elsewhere does not take away what a person types.
      await scene.ask('Delete order 1 [AAAA]')
      await card(page, 'order 1').waitFor()
      await agent.getByRole('button', { name: 'Delegate' }).click()
      await agent.locator('code', { hasText: 'orders:write' }).waitFor()
      expect(control.agents()[0]?.delegation?.permissions).toEqual(['orders:read', 'orders:write'])
      await agent.getByRole('button', { name: 'Revoke' }).click()
      await agent.getByText('revoked', { exact: true }).waitFor()
      await agent.getByRole('button', { name: 'Delegate' }).click()
      await agent.getByRole('button', { name: 'Expire' }).click()
      await agent.getByText('expired', { exact: true }).waitFor()
    })
  })

  test('calls appear, the filter hides the others, and a fault shows', async () => {
    await withConsole(async (scene, page) => {
      expect(await scene.call('records')).toBe(200)
      const row = page.getByRole('row').filter({ hasText: '/secure-vault/records' })
      await row.waitFor()
      expect(await row.textContent()).toMatch(/cid_[0-9a-f]{8}[\s\S]*records:read[\s\S]*200/)
      await page.getByLabel('Filter').fill('delegation')
      await row.waitFor({ state: 'hidden' })
      await page.getByLabel('Filter').fill('503')
      await page.getByLabel('Fault', { exact: true }).selectOption('status 503')
      await page.getByLabel('Path, or empty for any').fill('/secure-vault/metrics')
      await page.getByRole('button', { name: 'Turn on' }).click()
      await page.getByText('status 503, the next request').waitFor()
      expect(await scene.call('metrics')).toBe(503)
      await page.getByRole('row').filter({ hasText: '503 (status)' }).waitFor()
      await page.getByText('No fault is on.').waitFor()
    })
  })

  test('works on a phone: nothing is wider than the screen, and buttons are large', async () => {
    const context = {
      viewport: { width: 390, height: 844 },
      ...{ isMobile: true, hasTouch: true, deviceScaleFactor: 2 },
    }
    await withConsole(
      async (scene, page) => {
        await scene.ask(`Delete ${'x'.repeat(120)} [AAAA]`)
        await scene.call('records')
        const button = card(page, 'Delete xxx').getByRole('button', { name: 'Approve' })
        await button.waitFor()
        const width = await page.evaluate(SCROLL_WIDTH)
        expect(width).toBeLessThanOrEqual(390)
        expect((await button.boundingBox())?.height).toBeGreaterThanOrEqual(44)
        await button.tap()
        await page.getByText('Approved.').waitFor()
        expect(await seriousViolations(page)).toEqual([])
      },
      { context },
    )
  })

  test('works with the keyboard alone, and keeps the focus near', async () => {
    await withConsole(async (scene, page) => {
      await scene.ask('Delete order 1 [AAAA]')
      await scene.ask('Delete order 2 [BBBB]')
      await card(page, 'order 2').waitFor()
      const focused = () => page.evaluate(FOCUSED_ID)
      const pressTabUntil = async (id: string) => {
        for (let count = 0; count < 40 && (await focused()) !== id; count += 1) {
          await page.keyboard.press('Tab')
        }
        expect(await focused()).toBe(id)
      }
      await pressTabUntil('approval-2-approve')
      await page.keyboard.press('Enter')
      await page.locator('.decided', { hasText: 'order 2' }).waitFor()
      expect(await focused()).toBe('approvals-title')
      await pressTabUntil('approval-1-deny')
      await scene.ask('Delete order 3 [CCCC]')
      await card(page, 'order 3').waitFor()
      // A new card above does not take the focus.
      expect(await focused()).toBe('approval-1-deny')
      await page.keyboard.press('Space')
      await page.locator('.decided', { hasText: 'order 1' }).waitFor()
      expect(statusOf(scene)).toEqual(['denied', 'approved', 'pending'])
    })
  })

  test('a message of HTML and characters that turn text is text', async () => {
    const message =
      '<img src=x onerror="document.title=1"><script>document.title=2</script>\u202eevil\u2066 "\'`</p>'
    await withConsole(
      async (scene, page) => {
        await scene.ask(message)
        await scene.call(`records/${encodeURIComponent('<b>')}`)
        const shown = page.locator('.asks .message')
        await shown.waitFor()
        expect(await shown.textContent()).toBe(
          message.replace('\u202e', '[U+202E]').replace('\u2066', '[U+2066]'),
        )
        await page.getByRole('row').filter({ hasText: '/secure-vault/records' }).waitFor()
        await page.reload()
        await shown.waitFor()
        expect(await shown.textContent()).toContain('[U+202E]evil')
        expect(await page.title()).toBe('(1) AuthSec emulator')
        expect(await page.locator('main img, main script, main b').count()).toBe(0)
      },
      {
        emulator: {
          agents: [{ clientId: '00000000-0000-4000-8000-00000000000b', agentType: message }],
        },
      },
    )
  })

  test.each(['light', 'dark'] as const)(
    'has no serious violation of axe in %s colours',
    async (scheme) => {
      await withConsole(
        async (scene, page) => {
          await scene.ask('Delete order 1 [AAAA]')
          await scene.ask('Delete order 2 [BBBB]')
          scene.emulator.control.deny()
          await scene.call('records')
          await scene.call('nothing')
          scene.emulator.control.failNext({ kind: 'html' })
          await page.getByRole('row').filter({ hasText: 'nothing' }).waitFor()
          await page.getByText('html, the next request').waitFor()
          await page.getByText('LangChain', { exact: true }).click()
          expect(await seriousViolations(page)).toEqual([])
        },
        { context: { colorScheme: scheme } },
      )
    },
  )

  test('stays usable at 1 000 calls a second: 200 rows, and a decision at once', async () => {
    await withConsole(async (scene, page) => {
      const load = callsAtRate(scene, 4_000)
      await page.getByRole('row').nth(200).waitFor()
      await scene.ask('Delete order 1 [AAAA]')
      const started = performance.now()
      await card(page, 'order 1').getByRole('button', { name: 'Approve' }).click()
      await page.getByText('Approved.').waitFor()
      expect(performance.now() - started).toBeLessThan(3_000)
      await page.getByLabel('Filter').fill('records/call-3')
      await load
      await page.getByRole('row').filter({ hasText: 'records/call-3999' }).waitFor()
      expect(await page.locator('#calls tr').count()).toBe(200)
      expect(await page.locator('#calls tr:visible', { hasText: 'ciba' }).count()).toBe(0)
    })
  })

  test('reloads itself when another emulator answers at its address', async () => {
    await using person = await watchedContext(browser)
    const first = await consoleScene()
    const page = await person.open(first.address)
    await page.getByText('Live', { exact: true }).waitFor()
    const port = Number(new URL(first.address).port)
    await first[Symbol.asyncDispose]()
    await page.getByText('Disconnected').waitFor()
    await using second = await consoleScene({ port, permissions: ['second:read'] })
    await page.locator('code', { hasText: 'second:read' }).waitFor()
    await second.ask('Delete order 1 [AAAA]')
    await card(page, 'order 1').getByRole('button', { name: 'Approve' }).click()
    await page.getByText('Approved.').waitFor()
    expect(statusOf(second)).toEqual(['approved'])
  })
})

describe.skipIf(!hasChromium)('a page of another origin', () => {
  test('on another port of this computer reads nothing and presses nothing', async () => {
    await using scene = await consoleScene()
    await using person = await watchedContext(browser)
    await using other = await otherPage()
    const page = await person.open(other.address)
    expect(await page.evaluate(attackOn(consoleTargets(scene.address)))).toEqual([])
    await page.evaluate(submitForm(`${scene.address}console/revoke`))
    await page.waitForURL(`${scene.address}console/revoke`)
    expect(await page.textContent('body')).toContain('origin_refused')
    expect(scene.emulator.control.agents()[0]?.delegation?.status).toBe('active')
  })

  test('under a name that was rebound to this computer gets 403, and no page', async () => {
    await using scene = await consoleScene()
    await using person = await watchedContext(browser)
    const { port } = new URL(scene.address)
    const page = await person.context.newPage()
    const answer = await page.goto(`http://rebound.test:${port}/`)
    expect(answer?.status()).toBe(403)
    expect(await page.textContent('body')).toContain('host_refused')
    const statuses = await page.evaluate(READ_AND_PRESS)
    expect(statuses).toEqual([403, 403])
    expect(scene.emulator.control.agents()[0]?.delegation?.status).toBe('active')
  })
})
