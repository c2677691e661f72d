import { copyFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type LinkTargets, picturePath, rewriteLinks } from './links.ts'
import { findSources, repositoryUrl, type Source } from './sources.ts'

export interface Gathered {
  readonly sources: readonly Source[]
  /** A sentence for each link that leads nowhere. */
  readonly problems: readonly string[]
}

/** Writes the pages that people wrote into a folder, with links that work there. */
export function gather(root: string, folder: string): Gathered {
  const sources = findSources(root)
  const targets: LinkTargets = {
    sources,
    repository: repositoryUrl(root),
    kind: (path) => {
      const found = statSync(join(root, path), { throwIfNoEntry: false })
      return found === undefined ? undefined : found.isDirectory() ? 'folder' : 'file'
    },
  }
  const problems = sources.flatMap((source) => {
    const markdown = readFileSync(join(root, source.file), 'utf8')
    const page = rewriteLinks(markdown, source, targets)
    writePage(join(folder, source.path), withSource(page.text, source, targets.repository))
    for (const picture of page.pictures)
      copyTo(join(root, picture), join(folder, picturePath(picture)))
    return page.problems
  })
  return { sources, problems }
}

/** Only what changed is written, so that the server of `pnpm site dev` reloads only that. */
export function writePage(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  if (textOf(path) !== text) writeFileSync(path, text)
}

function textOf(path: string): string | undefined {
  return statSync(path, { throwIfNoEntry: false }) && readFileSync(path, 'utf8')
}

function copyTo(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true })
  copyFileSync(from, to)
}

/** The page says where it is edited. It may have frontmatter of its own. */
function withSource(markdown: string, { file }: Source, repository: string): string {
  const line = `editUrl: ${repository}/edit/main/${file}\n`
  if (markdown.startsWith('---\n')) return markdown.replace('---\n', `---\n${line}`)
  return `---\n${line}---\n\n${markdown}`
}
