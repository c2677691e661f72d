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
  const dead = gatherPages()
  const paths = [...pagePaths(), ...entryPoints(root).map(({ path }) => path)]
  const { sections: listed, missing, unlisted } = listPages(sections, paths)
  // Before the API reference is made, which takes the longest.
  report([...missing, ...dead], draft)
  report(unlisted, false)
  await writeApiReference(root, gathered)
  return listed
}

/** The pages of people alone, over what is there. Returns a sentence for each link that leads nowhere. */
export function gatherPages(): readonly string[] {
  const { sources, problems } = gather(root, gathered)
  writePage(join(gathered, 'changelog.md'), changelogPage(sources, repositoryUrl(root)))
  return problems
}

/** Ends the build with its problems; a draft names them and goes on. */
export function report(problems: readonly string[], draft: boolean): void {
  if (problems.length === 0) return
  if (!draft) throw new Error(problems.join('\n'))
  for (const problem of problems) process.stderr.write(`Draft: ${problem}\n`)
}

export function readPage(path: string): string {
  return readFileSync(join(gathered, path), 'utf8')
}

export function pagePaths(): string[] {
  return globSync('**/*.md', { cwd: gathered }).map((path) => path.replaceAll('\\', '/'))
}
