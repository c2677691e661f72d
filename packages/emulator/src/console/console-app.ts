import { randomBytes } from 'node:crypto'
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { html } from 'hono/html'
import { ConfigError } from '../errors.ts'
import type { FetchHandler } from '../server/node-server.ts'
import { refused } from '../server/web-guard.ts'
import { createCallRows } from './call-rows.ts'
import { changes, type FormFields } from './console-forms.ts'
import { consoleHeaders, hasSecret, refuseOthers } from './console-guard.ts'
import { consolePage } from './console-page.ts'
import { SCRIPT } from './console-script.ts'
import { ICON, STYLE } from './console-style.ts'
import { type ConsoleSource, viewOf } from './console-view.ts'
import { createLiveUpdates } from './live-updates.ts'
import { sectionsOf } from './sections.ts'

const MAX_FORM_BYTES = 16_384

/**
 * Puts the console in front of the emulator: a page at `/`, and what belongs to it below `/console/`. The
 * console takes no faults and stands in no log, and every other request goes to the emulator.
 */
export function withConsole(handle: FetchHandler, source: ConsoleSource): FetchHandler {
  const app = consoleApp(source)
  return async (request, remoteAddress) => {
    const { pathname } = new URL(request.url)
    const isPage = pathname === '/' && request.method === 'GET'
    const isOwn = isPage || pathname.startsWith('/console/')
    return isOwn ? app.fetch(request) : handle(request, remoteAddress)
  }
}

function consoleApp(source: ConsoleSource): Hono {
  const csrf = randomBytes(24).toString('base64url')
  // A page of an earlier process notices by it that its numbers stand for something else.
  const epoch = randomBytes(8).toString('hex')
  const callRows = createCallRows(source.requests)
  const live = createLiveUpdates(source, { csrf, epoch, callRows })
  const app = new Hono()
  app.use(consoleHeaders, refuseOthers)
  app.get('/', (c) => {
    const view = viewOf(source)
    const baseUrl = new URL(c.req.url).origin
    const { rows: calls } = callRows.after(undefined)
    const sections = sectionsOf(view, csrf)
    return c.html(consolePage({ view, sections, calls, csrf, epoch, baseUrl }))
  })
  for (const [path, [type, text]] of Object.entries(files)) {
    app.get(`/console/${path}`, (c) => c.body(text, 200, { 'content-type': type }))
  }
  app.get('/console/events', (c) => live.respond(c))
  app.post('/console/:change', bodyLimit({ maxSize: MAX_FORM_BYTES }), async (c) => {
    if (!/^application\/x-www-form-urlencoded *(?:;|$)/i.test(c.req.header('content-type') ?? '')) {
      return refused(415, 'form_required', 'The console takes forms only.')
    }
    const fields = Object.fromEntries(new URLSearchParams(await c.req.text()))
    if (!hasSecret(fields['csrf'], csrf)) {
      return answer(c, 403, 'The page is of an earlier emulator. Reload it.')
    }
    return change(c, fields, source)
  })
  app.notFound((c) => c.text('404 page not found', 404))
  return app
}

const files: Readonly<Record<string, readonly [string, string]>> = {
  'console.js': ['text/javascript; charset=utf-8', SCRIPT],
  'console.css': ['text/css; charset=utf-8', STYLE],
  'icon.svg': ['image/svg+xml', ICON],
}

function change(
  c: Context,
  fields: FormFields,
  { control }: ConsoleSource,
): Response | Promise<Response> {
  const name = c.req.param('change') ?? ''
  const run = Object.hasOwn(changes, name) ? changes[name] : undefined
  if (!run) return c.notFound()
  try {
    return answer(c, 200, run(fields, control))
  } catch (error) {
    if (!ConfigError.isInstance(error)) throw error
    return answer(c, 400, `${error.message} ${error.hint}`)
  }
}

/** The script of the page reads a text. Without it, the browser shows the page again, or what went wrong. */
function answer(
  c: Context,
  status: 200 | 400 | 403,
  message: string,
): Response | Promise<Response> {
  if (c.req.header('accept') === 'text/plain') return c.text(message, status)
  if (status === 200) return c.redirect('/', 303)
  return c.html(
    html`<!doctype html><html lang="en"><title>AuthSec emulator</title><p>${message}</p><p><a href="/">Back</a></p></html>`,
    status,
  )
}
