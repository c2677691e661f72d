import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seriousViolations } from '../../browser-tests/src/axe.ts'
import { type WatchedContext, watchedContext } from '../../browser-tests/src/browser-page.ts'
import { findChromium, launchChromium } from '../../browser-tests/src/chromium.ts'
import { SCROLL_WIDTH } from '../../browser-tests/src/in-page.ts'
import { builtBase } from '../src/dead-links.ts'
import { dist } from '../src/paths.ts'
import { type StaticServer, serveFolder } from '../src/static-server.ts'

if (!existsSync(dist)) throw new Error('There is no built site. Run `pnpm site` first.')

const hasChromium = findChromium() !== undefined
let browser: Awaited<ReturnType<typeof launchChromium>>
let server: StaticServer

beforeAll(async () => {
  server = await serveFolder(dist, builtBase(dist))
  if (hasChromium) browser = await launchChromium()
})
afterAll(async () => {
  if (hasChromium) await browser.close()
  await server[Symbol.asyncDispose]()
})

type Options = NonNullable<Parameters<typeof watchedContext>[1]>
type Page = Awaited<ReturnType<WatchedContext['open']>>

/** One page of each kind. A site that was built with `--draft` may lack some. */
const pages = [
  'index.html',
  'start/mock.html',
  'guides/langchain.html',
  'approvals.html',
  'wire-contract.html',
  'api/core.html',
  'packages/core.html',
  'changelog.html',
].filter((page) => existsSync(join(dist, page)))

/** A reader of a page. Requests to others are refused; in the end there must be none, and no error. */
async function withReader(
  path: string,
  options: Options,
  read: (page: Page) => Promise<void>,
): Promise<void> {
  await using reader = await watchedContext(browser, { reducedMotion: 'reduce', ...options })
  const { origin } = new URL(server.url)
  const isOther = (url: URL): boolean => url.origin !== origin && url.protocol !== 'data:'
  const refused: string[] = []
  await reader.context.route(isOther, async (route) => {
    refused.push(route.request().url())
    await route.abort()
  })
  const page = await reader.open(server.url + path)
  await read(page)
  expect(refused).toEqual([])
  expect([...reader.origins].filter((each) => each !== 'null')).toEqual([origin])
  expect(reader.problems).toEqual([])
}

/** What scrolls sideways inside a page, besides code and tables, by its tag and class. */
const SCROLLING = `[...document.querySelectorAll('main *')]
  .filter((each) => each.scrollWidth > each.clientWidth + 1)
  .filter((each) => /auto|scroll/.test(getComputedStyle(each).overflowX))
  .filter((each) => !each.matches('pre, table'))
  .map((each) => each.tagName + '.' + each.className)`

/** Adds to a page what the checks look for. */
const FAULTS = `document.querySelector('main').insertAdjacentHTML('beforeend', \`
  <p style="color: #ddd">pale</p><button></button><div style="width: 2000px">wide</div>
  <div style="overflow-x: scroll; width: 50px"><span style="display: block; width: 99px">inner</span></div>
  <img alt="" src="http://other.invalid/x.png">\`)`

describe.skipIf(!hasChromium)('the built site in a browser', () => {
  it('would not pass with pale text, a button without a name, wide parts, or a picture of another site', async () => {
    await using reader = await watchedContext(browser, { viewport: { width: 360, height: 740 } })
    const page = await reader.open(server.url)
    await page.locator('h1').waitFor()
    await page.evaluate(FAULTS)
    const violations = (await seriousViolations(page)).join('\n')
    expect(violations).toMatch(/color-contrast: .*pale/)
    expect(violations).toMatch(/button-name: /)
    expect(await page.evaluate<number>(SCROLL_WIDTH)).toBeGreaterThan(360)
    expect(await page.evaluate<string[]>(SCROLLING)).toEqual(['DIV.'])
    await expect
      .poll(() => reader.problems.join('\n'))
      .toMatch(/other\.invalid.*Content Security Policy/)
  })

  it('has a page of each kind', () => expect(pages.length).toBeGreaterThanOrEqual(6))

  describe.each(pages)('%s', (path) => {
    it.each(['light', 'dark'] as const)(
      'has names and contrast for everybody, %s',
      async (scheme) => {
        await withReader(path, { colorScheme: scheme }, async (page) => {
          await page.locator('h1').waitFor()
          expect(await page.locator('html.dark').count()).toBe(scheme === 'dark' ? 1 : 0)
          expect(await seriousViolations(page)).toEqual([])
        })
      },
    )

    it('fits the width of a phone: only code and tables scroll sideways', async () => {
      await withReader(path, { viewport: { width: 360, height: 740 } }, async (page) => {
        await page.locator('h1').waitFor()
        expect(await page.evaluate<number>(SCROLL_WIDTH)).toBeLessThanOrEqual(360)
        expect(await page.evaluate<string[]>(SCROLLING)).toEqual([])
      })
    })

    it('is there without JavaScript, whole, and its links work', async () => {
      let whole: string | null = null
      await withReader(path, {}, async (page) => {
        whole = await page.locator('.vp-doc').textContent()
      })
      await withReader(path, { javaScriptEnabled: false }, async (page) => {
        expect(await page.locator('.vp-doc').textContent()).toBe(whole)
        expect(await page.locator('h1').isVisible()).toBe(true)
        await page.getByRole('link', { name: 'Architecture', exact: true }).first().click()
        await page.getByRole('heading', { level: 1, name: 'Architecture' }).waitFor()
      })
    })
  })

  it.each([
    ['wire contract', 'wire-contract.html'],
    ['createFileStore', 'api/core/store.html'],
    ['callback handler metadata', 'langchain'],
    ['revoked delegation', 'html'],
  ])('is searched for %j without asking anybody', async (words, expected) => {
    await withReader('index.html', {}, async (page) => {
      await page
        .getByRole('button', { name: /Search/ })
        .first()
        .click()
      await page.getByRole('searchbox').fill(words)
      const results = page.locator('#localsearch-list a')
      await results.first().waitFor()
      const addresses = await Promise.all(
        (await results.all()).map((link) => link.getAttribute('href')),
      )
      expect(addresses.slice(0, 5).some((address) => address?.includes(expected))).toBe(true)
      await page.keyboard.press('Enter')
      await page.waitForURL((url) => !url.pathname.endsWith('index.html'))
      await page.locator('h1').waitFor()
    })
  })

  it('answers an address without a page with a page that leads home', async () => {
    await using reader = await watchedContext(browser)
    const page = await reader.open(`${server.url}gone.html`)
    await page.getByRole('link', { name: /home/i }).first().click()
    await page.getByRole('heading', { level: 1 }).first().waitFor()
    expect(new URL(page.url()).pathname).toBe(builtBase(dist))
  })
})
