import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sendRaw } from '../../../internal/test-kit/src/raw-socket.ts'
import { createEmulator, startEmulator } from '../src/index.ts'
import { type ConsolePage, openConsole } from './console-page.ts'

let opened: ConsolePage
let port: string
beforeAll(async () => {
  opened = await openConsole({ allowedHosts: ['authsec:8080', 'emulator.test', 'localhost:9000'] })
  port = new URL(opened.origin).port
})
afterAll(() => opened.emulator.close())

const PATHS = ['/', '/console/events', '/console/console.js', '/console/console.css']

async function ask(line: string, ...headers: readonly string[]) {
  const named = headers.map((header) => header.replaceAll('PORT', port))
  return sendRaw(opened.origin, [`${line} HTTP/1.1`, ...named, 'Connection: close'])
}

describe('the console', () => {
  test.each([
    ...['evil.test', 'evil.test:PORT', '127.0.0.1.evil.test:PORT', '0.0.0.0:PORT', '10.0.0.5:PORT'],
    // The emulator accepts these for agents in containers, and the console does not.
    ...['authsec:8080', 'emulator.test', 'emulator.test:PORT'],
    ...['localhost', '127.0.0.1:1', '[::2]:PORT', 'localhost.:PORT'],
  ])('refuses the host %s on every path', async (host) => {
    for (const path of PATHS) {
      const answer = await ask(`GET ${path}`, `Host: ${host}`)
      expect([path, answer.status]).toEqual([path, 403])
      expect(answer.body).toContain('host_refused')
    }
    const origin = `Origin: http://${host}`
    const press = await ask('POST /console/revoke', `Host: ${host}`, origin, 'Content-Length: 0')
    expect(press.status).toBe(403)
  })

  test.each(['127.0.0.1:PORT', 'localhost:PORT', '[::1]:PORT', 'localhost:9000'])(
    'answers to the host %s',
    async (host) => {
      expect((await ask('GET /', `Host: ${host}`)).status).toBe(200)
    },
  )

  test.each<[string, Record<string, string>]>([
    ['another site', { origin: 'https://evil.test' }],
    ['another port of this computer', { origin: 'http://127.0.0.1:3000' }],
    ['another name of this computer', { origin: 'http://localhost:PORT' }],
    ['an opaque origin', { origin: 'null' }],
    ['another scheme', { origin: 'https://127.0.0.1:PORT' }],
    ['a longer name', { origin: 'http://127.0.0.1:PORT.evil.test' }],
    ['a foreign site without an origin', { 'sec-fetch-site': 'cross-site' }],
    ['the same site', { origin: 'http://127.0.0.1:PORT', 'sec-fetch-site': 'same-site' }],
  ])('refuses a page of %s, reading and pressing', async (_, raw) => {
    const headers = Object.fromEntries(
      Object.entries(raw).map(([name, value]) => [name, value.replace('PORT', port)]),
    )
    for (const path of PATHS) {
      const answer = await fetch(opened.origin + path, { headers })
      expect([path, answer.status]).toEqual([path, 403])
      expect(answer.headers.get('access-control-allow-origin')).toBeNull()
      await answer.body?.cancel()
    }
    const types = ['application/x-www-form-urlencoded', 'application/json', 'text/plain']
    for (const type of types) {
      const press = await opened.send(
        'revoke',
        { agent: '1' },
        { ...headers, 'content-type': type },
      )
      expect([type, press.status]).toEqual([type, 403])
    }
    expect(opened.emulator.control.agents()[0]?.delegation?.status).toBe('active')
  })

  const LINK = ['Host: 127.0.0.1:PORT', 'Sec-Fetch-Mode: navigate', 'Sec-Fetch-Dest: document']

  test.each(['same-site', 'cross-site'])(
    'opens from a link of a page that is %s, in a tab of its own',
    async (site) => {
      const answer = await ask('GET /', ...LINK, `Sec-Fetch-Site: ${site}`, 'Sec-Fetch-User: ?1')
      expect(answer.status).toBe(200)
      // The page that has the link cannot reach into the tab.
      expect(answer.text).toMatch(/cross-origin-opener-policy: same-origin/i)
      expect(answer.text).toMatch(/x-frame-options: DENY/i)
    },
  )

  test.each<[string, string, readonly string[]]>([
    ['a frame', 'GET /', ['Sec-Fetch-Mode: navigate', 'Sec-Fetch-Dest: iframe']],
    ['an object', 'GET /', ['Sec-Fetch-Mode: navigate', 'Sec-Fetch-Dest: object']],
    ['a script', 'GET /', ['Sec-Fetch-Mode: no-cors', 'Sec-Fetch-Dest: script']],
    ['a request', 'GET /', ['Sec-Fetch-Mode: cors', 'Sec-Fetch-Dest: empty']],
    ['a request without a destination', 'GET /', ['Sec-Fetch-Mode: navigate']],
    [
      'a prefetch',
      'GET /',
      ['Sec-Fetch-Mode: navigate', 'Sec-Fetch-Dest: document', 'Origin: null'],
    ],
    ['a link to the events', 'GET /console/events', LINK.slice(1)],
    ['a link to the script', 'GET /console/console.js', LINK.slice(1)],
    ['a link to a change', 'GET /console/revoke', LINK.slice(1)],
    ['a form', 'POST /', [...LINK.slice(1), 'Content-Length: 0']],
    ['a form of a change', 'POST /console/revoke', [...LINK.slice(1), 'Content-Length: 0']],
    ['a link with credentials', 'GET /', [...LINK.slice(1), 'Authorization: Bearer x']],
    ['a link under another name', 'GET /', [...LINK.slice(1), 'Host: evil.test:PORT']],
  ])('refuses %s of a page elsewhere', async (_what, line, headers) => {
    const host = headers.some((header) => header.startsWith('Host')) ? [] : LINK.slice(0, 1)
    const answer = await ask(line, ...host, ...headers, 'Sec-Fetch-Site: same-site')
    expect(answer.status).toBe(403)
    expect(opened.emulator.control.agents()[0]?.delegation?.status).toBe('active')
  })

  test.each(['PUT', 'PATCH', 'DELETE', 'OPTIONS', 'POST'])(
    'refuses %s without an origin, with JSON too',
    async (method) => {
      const headers = { 'content-type': 'application/json' }
      const answer = await fetch(`${opened.origin}/console/revoke`, {
        ...{ method, headers },
        body: '{"agent":"1"}',
      })
      expect(answer.status).toBe(403)
    },
  )

  test.each([
    ...['application/json', 'text/plain', 'multipart/form-data; boundary=x', 'application/json;x='],
    'application/x-www-form-urlencoded-x',
  ])('takes no %s from its own origin', async (type) => {
    const answer = await opened.send('revoke', { agent: '1' }, { 'content-type': type })
    expect(answer.status).toBe(415)
    expect(opened.emulator.control.agents()[0]?.delegation?.status).toBe('active')
  })

  test.each([
    ['no secret', ''],
    ['a wrong secret', 'x'.repeat(32)],
    ['a longer secret', 'x'.repeat(33)],
    ['a secret that is no ASCII', 'é'.repeat(32)],
  ])('refuses a form with %s', async (_, csrf) => {
    expect((await opened.send('revoke', { agent: '1', csrf })).status).toBe(403)
    expect(opened.emulator.control.agents()[0]?.delegation?.status).toBe('active')
  })

  test('refuses an oversize form', async () => {
    const answer = await opened.send('revoke', { agent: '1', x: 'x'.repeat(20_000) })
    expect(answer.status).toBe(413)
  })

  test('shows and does nothing for a caller with a token, as the tools of an agent are', async () => {
    const authorization = `Bearer ${await opened.emulator.control.userToken()}`
    for (const path of PATHS) {
      expect((await fetch(opened.origin + path, { headers: { authorization } })).status).toBe(403)
    }
    expect((await opened.send('revoke', { agent: '1' }, { authorization })).status).toBe(403)
  })

  test('sends a strict policy with everything, and has no inline code', async () => {
    for (const path of [...PATHS, '/console/nothing']) {
      const { headers, body } = await fetch(opened.origin + path)
      await body?.cancel()
      expect(headers.get('content-security-policy')).toMatch(
        /^default-src 'none'; script-src 'self'; /,
      )
      expect(headers.get('content-security-policy')).not.toMatch(/unsafe|http|\*|data:/)
      expect(headers.get('x-frame-options')).toBe('DENY')
      expect(headers.get('cache-control')).toMatch(/no-store|no-cache/)
    }
    const page = await opened.page()
    expect(page).not.toMatch(
      /<script(?! src="\/console\/console\.js")|<style| style=| on\w+=|javascript:/i,
    )
    expect(page.match(/(?:src|href|action)="(?!\/)[^"]*"/g)).toBeNull()
  })

  test('a page of another port cannot read it in a browser: no answer allows an origin', async () => {
    const other = createServer((_, response) => response.end('<script>')).listen(0, '127.0.0.1')
    await new Promise((resolve) => other.once('listening', resolve))
    const origin = `http://127.0.0.1:${(other.address() as AddressInfo).port}`
    const answer = await fetch(`${opened.origin}/`, { headers: { origin } })
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([403, null])
    other.close()
  })

  test('stands in no log, takes no fault and does not count for the limit', async () => {
    await using limited = await openConsole({ rateLimit: true })
    limited.emulator.control.failNext({ kind: 'reset' })
    for (let count = 0; count < 120; count += 1) await limited.page()
    expect(limited.emulator.requests).toEqual([])
    expect(limited.emulator.control.faults()).toHaveLength(1)
  })
})

test('without the option there is no console, as on the server', async () => {
  await using emulator = await startEmulator({ rateLimit: false })
  const { fetch: inProcess } = createEmulator({ rateLimit: false })
  for (const path of PATHS) {
    expect((await fetch(emulator.baseUrl + path)).status).toBe(404)
    expect((await inProcess(new Request(`http://emulator.test${path}`))).status).toBe(404)
  }
})

test('other requests than those of the console get the answers of the server', async () => {
  await using plain = await startEmulator({ rateLimit: false })
  for (const [method, path] of [
    ['HEAD', '/'],
    ['POST', '/'],
    ['OPTIONS', '/'],
    ['GET', '/console'],
    ['GET', '/consoles/x'],
    ['GET', '//'],
  ] as const) {
    const answers = await Promise.all(
      [plain.baseUrl, opened.origin].map((origin) =>
        fetch(origin + path, { method, redirect: 'manual' }),
      ),
    )
    const [expected, got] = answers.map(({ status }) => status)
    expect([method, path, got]).toEqual([method, path, expected])
  }
})
