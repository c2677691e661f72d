import { request } from 'node:http'
import { describe, expect, it } from 'vitest'
import { chatWorld } from './chat-fixture.ts'

/** With any headers: `fetch` decides about some itself. */
function send(url: string, method: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers }, (answer) => {
      answer.resume()
      answer.on('end', () => resolve(answer.statusCode ?? 0))
    })
    sent.on('error', reject)
    sent.end(method === 'POST' ? '{"text":"Hello"}' : undefined)
  })
}

describe('the server of the chat', () => {
  it('serves a page without inline code, to be framed by nobody, and a cookie that no script reads', async () => {
    await using world = await chatWorld()
    const { headers } = await fetch(world.url)
    const policy = headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'")
    expect(policy).toMatch(/frame-ancestors 'none'; base-uri 'none'/)
    expect(policy).not.toMatch(/unsafe|nonce|data:|https?:/)
    expect(headers.getSetCookie()[0]).toMatch(
      /^authsec-chat-\d+=[\w-]{32}; Path=\/; HttpOnly; SameSite=Lax$/,
    )
    expect(headers.get('cross-origin-resource-policy')).toBe('same-origin')
    expect(headers.get('access-control-allow-origin')).toBeNull()
  })

  it.each([
    'evil.example',
    'evil.example:PORT',
    '127.0.0.1',
    '127.0.0.1:1',
    'localhost.evil.example:PORT',
    '127.0.0.1.evil.example:PORT',
    'evil.example:PORT@127.0.0.1:PORT',
    '[::1]:PORT',
  ])('answers nothing under the name %j', async (host) => {
    await using world = await chatWorld()
    const { cookie } = await world.open()
    const { port, origin } = new URL(world.url)
    const headers = { cookie, host: host.replaceAll('PORT', port) }
    expect(await send(world.url, 'GET', headers)).toBeGreaterThanOrEqual(400)
    const json = { ...headers, 'content-type': 'application/json', origin }
    expect(await send(`${world.url}api/messages`, 'POST', json)).toBeGreaterThanOrEqual(400)
  })

  it.each([
    ['no Origin', {}],
    ['another origin', { origin: 'https://evil.example' }],
    ['another port of this computer', { origin: 'http://127.0.0.1:1' }],
    ['the same name with https', { origin: 'https://127.0.0.1:PORT' }],
    ['an opaque origin', { origin: 'null' }],
    ['a page of the same site', { origin: 'http://127.0.0.1:PORT', 'sec-fetch-site': 'same-site' }],
    [
      'a form',
      { origin: 'http://127.0.0.1:PORT', 'content-type': 'application/x-www-form-urlencoded' },
    ],
    ['a blind request', { origin: 'http://127.0.0.1:PORT', 'content-type': 'text/plain' }],
  ])('takes no message from %s', async (_who, given) => {
    await using world = await chatWorld()
    const tab = await world.open()
    const { port } = new URL(world.url)
    const headers = Object.fromEntries(
      Object.entries(given).map(([name, value]) => [name, value.replace('PORT', port)]),
    )
    const json = { cookie: tab.cookie, 'content-type': 'application/json' }
    for (const path of ['api/messages', 'api/check', 'api/new']) {
      expect(await send(world.url + path, 'POST', { ...json, ...headers })).toBeOneOf([403, 415])
    }
    expect((await tab.view()).messages).toEqual([])
  })

  it.each([
    ['a script', { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors' }],
    ['a foreign page', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' }],
    [
      'a frame',
      { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' },
    ],
    ['an origin', { origin: 'http://127.0.0.1:1' }],
  ])('shows nothing to %s of elsewhere', async (_who, headers) => {
    await using world = await chatWorld()
    const { cookie } = await world.open()
    for (const path of ['', 'api/conversation', 'api/events', 'api/answer']) {
      expect(await send(world.url + path, 'GET', { cookie, ...headers })).toBe(403)
    }
  })

  it('opens for a person who types its address or follows a link, under both names', async () => {
    await using world = await chatWorld()
    const { port } = new URL(world.url)
    const link = {
      'sec-fetch-site': 'same-site',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'document',
    }
    for (const headers of [
      {},
      { 'sec-fetch-site': 'none' },
      link,
      { host: `localhost:${port}` },
      { host: `LOCALHOST:${port}` },
    ]) {
      expect(await send(world.url, 'GET', headers)).toBe(200)
    }
    const typed = { host: `localhost:${port}`, origin: `http://localhost:${port}` }
    const json = { ...typed, 'content-type': 'application/json' }
    // Without a cookie: but the guard let it through.
    expect(await send(`${world.url}api/messages`, 'POST', json)).toBe(401)
  })

  it.each([
    '../package.json',
    '..%2fpackage.json',
    '%2e%2e/src/main.ts',
    'assets/../../package.json',
    'constructor',
  ])('has no file at %s', async (path) => {
    await using world = await chatWorld()
    expect(await send(world.url + path, 'GET', {})).toBe(404)
  })
})
