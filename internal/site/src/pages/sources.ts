import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A Markdown file of the repository that is a page of the site. */
export interface Source {
  /** Its path in the repository: `packages/core/README.md`. */
  readonly file: string
  /** Its path on the site: `packages/core.md`. */
  readonly path: string
}

const RULES: readonly (readonly [pattern: string, path: (file: string) => string])[] = [
  ['README.md', () => 'index.md'],
  ['CONTRIBUTING.md', () => 'contributing.md'],
  ['SECURITY.md', () => 'security.md'],
  ['docs/**/*.md', (file) => file.replace('docs/', '')],
  ['packages/*/README.md', (file) => file.replace('/README.md', '.md')],
  ['packages/*/CHANGELOG.md', (file) => `changelog/${file.split('/')[1]}.md`],
]

/** The pages that people write. Two files may not become one page. */
export function findSources(root: string): Source[] {
  const sources = RULES.flatMap(([pattern, path]) =>
    globSync(pattern, { cwd: root })
      .map((file) => file.replaceAll('\\', '/'))
      .sort()
      .map((file) => ({ file, path: path(file) })),
  )
  for (const [path, files] of Map.groupBy(sources, (source) => source.path.toLowerCase())) {
    if (files.length > 1) {
      throw new Error(`${files.map(({ file }) => file).join(' and ')} both become ${path}.`)
    }
  }
  return sources
}

/** `https://github.com/owner/name`, as the packages name it. */
export function repositoryUrl(root: string): string {
  const manifest: { repository?: { url?: string } } = JSON.parse(
    readFileSync(join(root, 'packages/core/package.json'), 'utf8'),
  )
  const url = manifest.repository?.url?.replace(/^git\+/, '').replace(/\.git$/, '')
  if (url === undefined) throw new Error('packages/core/package.json names no repository.')
  return url
}
