import { globSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { entryPoints } from './api/entry-points.ts'
import { writeApiReference } from './api/reference.ts'
import { sections } from './navigation.ts'
import { changelogPage } from './pages/changelog.ts'
import { gather, writePage } from './pages/gather.ts'
import { type ListedSection, listPages } from './pages/listed-pages.ts'
import { repositoryUrl } from './pages/sources.ts'
import { gathered, root } from './paths.ts'

/** Gathers the pages of people and generates the others, from nothing. Returns what the navigation lists. */
export async function prepare(draft: boolean): Promise<readonly ListedSection[]> {
  rmSync(gathered, { recursive: true, force: true })
  gatherPages()
  const listed = checkedListing(draft)
  await writeApiReference(root, gathered)
  return listed
}

/** The pages of people alone, over what is there. */
export function gatherPages(): void {
  const sources = gather(root, gathered)
  writePage(join(gathered, 'changelog.md'), changelogPage(sources, repositoryUrl(root)))
}

export function readPage(path: string): string {
  return readFileSync(join(gathered, path), 'utf8')
}

export function pagePaths(): string[] {
  return globSync('**/*.md', { cwd: gathered }).map((path) => path.replaceAll('\\', '/'))
}

/** Before the API reference is made, which takes the longest. */
function checkedListing(draft: boolean): readonly ListedSection[] {
  const paths = [...pagePaths(), ...entryPoints(root).map(({ path }) => path)]
  const { sections: listed, missing, unlisted } = listPages(sections, paths)
  const problems = draft ? unlisted : [...missing, ...unlisted]
  if (problems.length > 0) throw new Error(problems.join('\n'))
  for (const sentence of missing) process.stderr.write(`Draft: ${sentence}\n`)
  return listed
}
