import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { deadLinks } from '../src/dead-links.ts'
import { serveFolder } from '../src/static-server.ts'

const scratch = mkdtempSync(join(tmpdir(), 'site-test-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

function built(files: Readonly<Record<string, string>>): string {
  const dist = mkdtempSync(join(scratch, 'dist-'))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dist, path)), { recursive: true })
    writeFileSync(join(dist, path), text)
  }
  return dist
}

describe('the links of built pages', () => {
  const other = '<h2 id="keys">Keys</h2><h2 id="é">É</h2>'

  it.each([
    ['/', '<a href="/other.html#keys">'],
    ['/', '<a class="x" href="./other.html#%C3%A9">'],
    ['/docs/', '<a href="/docs/other.html?q=1">'],
    ['/docs/', '<a href="/docs/">'],
    ['/', '<a href="https://example.com/gone#x"><a href="mailto:a@example.com">'],
    ['/', '<img alt="a" src="/a.png">'],
    ['/', '<a href="#top" id="top">'],
  ])('below %s are alive: %s', (base, html) => {
    const dist = built({ 'index.html': html, 'other.html': other, 'a.png': '' })
    expect(deadLinks(dist, base)).toEqual([])
  })

  it.each([
    ['/', '/gone.html', 'there is no such page.'],
    ['/', './sub/', 'there is no such page.'],
    ['/', '/other.html#gone', 'the page has no heading or anchor "gone".'],
    ['/', '#keys', 'the page has no heading or anchor "keys".'],
    ['/docs/', '/other.html', 'it is not below /docs/.'],
  ])('below %s are dead: %s, because %s', (base, link, why) => {
    const dist = built({ 'index.html': `<a href="${link}">`, 'other.html': other })
    expect(deadLinks(dist, base)).toEqual([`index.html links to ${link}: ${why}`])
  })
})

describe('the server of the built site', () => {
  it.each([
    ['', 200, 'home'],
    ['a/b.html', 200, 'b'],
    ['gone.html', 404, 'not here'],
    ['..%2f..%2fetc%2fpasswd', 404, 'not here'],
    ['%E0%A4%A', 404, 'not here'],
  ])('answers a request for %j with %i', async (path, status, text) => {
    const dist = built({ 'index.html': 'home', 'a/b.html': 'b', '404.html': 'not here' })
    await using server = await serveFolder(dist, '/docs/')
    const answer = await fetch(server.url + path)
    expect([answer.status, await answer.text()]).toEqual([status, text])
    expect(new URL(server.url).hostname).toBe('127.0.0.1')
  })

  it('serves nothing outside its base path', async () => {
    await using server = await serveFolder(built({ 'index.html': 'home' }), '/docs/')
    expect((await fetch(new URL('/index.html', server.url))).status).toBe(404)
  })
})
