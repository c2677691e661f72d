import { posix } from 'node:path'
import type { Source } from './sources.ts'

export type Kind = 'file' | 'folder' | undefined

export interface LinkTargets {
  readonly sources: readonly Source[]
  /** `https://github.com/owner/name` */
  readonly repository: string
  /** What a path of the repository is, if it exists. */
  kind(path: string): Kind
}

export interface Rewritten {
  readonly text: string
  /** A sentence for each link that leads nowhere in the repository. */
  readonly problems: readonly string[]
  /** Pictures of the repository that the page shows, as paths of the repository. */
  readonly pictures: readonly string[]
}

const BRANCH = 'main'

/** Code, which is passed over, or the start of a link up to its target. */
const LINK = new RegExp(
  [
    /^ *(?<fence>```+|~~~+)[\s\S]*?^ *\k<fence>/,
    /(?<ticks>`+)(?:(?!\n\n)[\s\S])*?(?<!`)\k<ticks>(?!`)/,
    /(?<showing>!\[[^\]\n]*\]\(|<img\b[^>]*?\ssrc=")(?<picture>[^)"\s]+)/,
    /(?<before>\]\(|^\[[^\]\n]+\]: *|<a\b[^>]*?\shref=")(?<target>[^)"\s]+)/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'gm',
)

/**
 * The text of a page with links that work on the site. A link to a file that is a page leads to the page, also
 * where it names the file on GitHub; a link to another file leads to GitHub. Code stays as it is.
 */
export function rewriteLinks(markdown: string, from: Source, targets: LinkTargets): Rewritten {
  const problems: string[] = []
  const pictures: string[] = []
  const text = markdown.replaceAll(LINK, (whole, ...rest) => {
    const { showing, picture, before, target }: Record<string, string | undefined> = rest.at(-1)
    const link = picture ?? target
    const found = link === undefined ? undefined : inRepository(link, from, targets)
    if (link === undefined || found === undefined) return whole
    if (found.kind === undefined) {
      problems.push(`${from.file} links to ${link}, which does not exist.`)
      return whole
    }
    if (picture === undefined)
      return `${before}${pageOf(found, from, targets) ?? urlOf(found, targets)}`
    pictures.push(found.path)
    return `${showing}${relativePath(from.path, picturePath(found.path))}`
  })
  return { text, problems, pictures }
}

/** Where a picture of the repository is on the site. */
export function picturePath(path: string): string {
  return path.replace(/^docs\//, '')
}

interface Found {
  /** A path of the repository, without `/` at its end. */
  readonly path: string
  /** With `#`, or empty. */
  readonly anchor: string
  readonly kind: Kind
}

/** What a link names in the repository; `undefined` for other addresses. */
function inRepository(link: string, from: Source, targets: LinkTargets): Found | undefined {
  const own = [`${targets.repository}/blob/${BRANCH}/`, `${targets.repository}/tree/${BRANCH}/`]
  const prefix = own.find((each) => link.startsWith(each))
  if (prefix === undefined && /^[a-z][a-z0-9+.-]*:|^\/\/|^#/i.test(link)) return undefined
  const [name = '', anchor] = link.slice(prefix?.length ?? 0).split('#', 2)
  const base = prefix === undefined ? posix.dirname(from.file) : '.'
  const path = posix.join(base, decodeURIComponent(name)).replace(/\/$/, '')
  return { path, anchor: anchor === undefined ? '' : `#${anchor}`, kind: targets.kind(path) }
}

/** The link to a page, if the file is one, or the folder has a README that is one. */
function pageOf(
  { path, anchor, kind }: Found,
  from: Source,
  targets: LinkTargets,
): string | undefined {
  const file = kind === 'folder' ? posix.join(path, 'README.md') : path
  const page = targets.sources.find((source) => source.file === file)
  if (page === undefined) return undefined
  return relativePath(from.path, page.path) + (anchor === '#readme' ? '' : anchor)
}

function urlOf({ path, anchor, kind }: Found, { repository }: LinkTargets): string {
  const view = kind === 'folder' ? 'tree' : 'blob'
  return `${repository}/${view}/${BRANCH}/${path}${anchor}`
}

function relativePath(from: string, to: string): string {
  const path = posix.relative(posix.dirname(from), to)
  return path.startsWith('.') ? path : `./${path}`
}
