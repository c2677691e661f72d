import { cpSync, globSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'vitepress'
import { deadLinks } from './dead-links.ts'
import type { ListedSection } from './pages/listed-pages.ts'
import { llmsFullText, llmsText } from './pages/llms.ts'
import { dist, gathered, home } from './paths.ts'
import { pagePaths, prepare, readPage, report } from './prepare.ts'
import { DESCRIPTION, type Settings, TITLE } from './settings.ts'

/** Builds the site into `dist`. Throws for a page that is missing or unlisted, and for a dead link or anchor. */
export async function buildSite({ base, url, draft }: Settings): Promise<void> {
  const startedAt = performance.now()
  const sections = await prepare(draft)
  rmSync(dist, { recursive: true, force: true })
  await build(home, { base })
  writeTexts(sections, (url ?? '') + base)
  report(deadLinks(dist, base), draft)
  say(performance.now() - startedAt)
}

/** What programs read: the Markdown of each page beside it, and two files that lead to all of them. */
function writeTexts(sections: readonly ListedSection[], address: string): void {
  const pages = { sections, read: readPage, address, title: TITLE, description: DESCRIPTION }
  for (const path of pagePaths()) cpSync(join(gathered, path), join(dist, path))
  writeFileSync(join(dist, 'llms.txt'), llmsText(pages))
  writeFileSync(join(dist, 'llms-full.txt'), llmsFullText(pages))
}

function say(milliseconds: number): void {
  const files = globSync('**/*', { cwd: dist }).map((file) => statSync(join(dist, file)))
  const bytes = files.reduce((sum, file) => sum + (file.isFile() ? file.size : 0), 0)
  const count = files.filter((file) => file.isFile()).length
  const size = `${(bytes / 1e6).toFixed(1)} MB in ${count} files`
  process.stdout.write(
    `internal/site/dist: ${size}, built in ${(milliseconds / 1000).toFixed(1)} s\n`,
  )
}
