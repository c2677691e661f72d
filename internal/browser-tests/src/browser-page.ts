import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'

export interface WatchedContext extends AsyncDisposable {
  readonly context: BrowserContext
  /** A tab at an address. */
  open(address: string): Promise<Page>
  /** What the browser's console reported as an error or a warning, and what pages threw. */
  readonly problems: string[]
  /** The origins of all requests. */
  readonly origins: ReadonlySet<string>
}

/** A person's browser with its own tabs, which notes every error. */
export async function watchedContext(
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<WatchedContext> {
  const context = await browser.newContext(options)
  context.setDefaultTimeout(10_000)
  const problems: string[] = []
  const origins = new Set<string>()
  context.on('weberror', (error) => problems.push(error.error().message))
  context.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) problems.push(message.text())
  })
  context.on('request', (request) => origins.add(new URL(request.url()).origin))
  return {
    ...{ context, problems, origins },
    async open(address) {
      const page = await context.newPage()
      await page.goto(address)
      return page
    },
    [Symbol.asyncDispose]: () => context.close(),
  }
}
