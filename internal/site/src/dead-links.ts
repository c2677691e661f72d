import { existsSync, globSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'

/**
 * A sentence for each link of the built pages that leads to no file or to no anchor of its page. It reads the
 * HTML, which is what readers get, whatever made the links and the anchors.
 */
export function deadLinks(dist: string, base: string): string[] {
  const pages = globSync('**/*.html', { cwd: dist }).map((page) => page.replaceAll('\\', '/'))
  const anchors = new Map<string, ReadonlySet<string>>()
  const anchorsOf = (page: string): ReadonlySet<string> => {
    const known = anchors.get(page) ?? anchorsIn(readFileSync(join(dist, page), 'utf8'))
    anchors.set(page, known)
    return known
  }
  return pages.sort().flatMap((page) =>
    linksIn(readFileSync(join(dist, page), 'utf8')).flatMap((link) => {
      const problem = problemOf(link, page, {
        base,
        exists: (file) => existsSync(join(dist, file)),
        anchorsOf,
      })
      return problem === undefined ? [] : [`${page} links to ${link}: ${problem}`]
    }),
  )
}

interface Site {
  readonly base: string
  exists(file: string): boolean
  anchorsOf(page: string): ReadonlySet<string>
}

function problemOf(
  link: string,
  page: string,
  { base, exists, anchorsOf }: Site,
): string | undefined {
  const { origin, pathname, hash } = new URL(link, `http://site.invalid${base}${page}`)
  if (origin !== 'http://site.invalid') return undefined
  if (!pathname.startsWith(base)) return `it is not below ${base}.`
  const path = decodeURIComponent(pathname.slice(base.length))
  const file = path === '' || path.endsWith('/') ? posix.join(path, 'index.html') : path
  if (!exists(file)) return 'there is no such page.'
  const anchor = decodeURIComponent(hash.slice(1))
  if (anchor === '' || !file.endsWith('.html') || anchorsOf(file).has(anchor)) return undefined
  return `the page has no heading or anchor "${anchor}".`
}

function linksIn(html: string): string[] {
  const links = [...html.matchAll(/<(?:a|img)\b[^>]*?\s(?:href|src)="([^"]*)"/g)]
  return [...new Set(links.map(([, link = '']) => unescaped(link)))]
}

function anchorsIn(html: string): ReadonlySet<string> {
  return new Set([...html.matchAll(/\sid="([^"]+)"/g)].map(([, id = '']) => unescaped(id)))
}

function unescaped(text: string): string {
  return text.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&')
}

/** The base path that a site was built for. */
export function builtBase(dist: string): string {
  const home = readFileSync(join(dist, 'index.html'), 'utf8')
  const base = /<script type="module" src="(\/[^"]*?)assets\//.exec(home)?.[1]
  if (base === undefined)
    throw new Error(`${join(dist, 'index.html')} loads no script of VitePress.`)
  return base
}
