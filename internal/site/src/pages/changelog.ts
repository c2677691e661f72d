import type { Source } from './sources.ts'

/** The page `changelog.md`: a link to the changelog of each package, or what stands in before the first release. */
export function changelogPage(sources: readonly Source[], repository: string): string {
  const pages = sources.filter(({ path }) => path.startsWith('changelog/'))
  const links = pages.map(({ path }) => `- [@authsec/${path.slice(10, -3)}](./${path})`)
  const before = `No version is released yet. What the first one holds is in
[the changesets](${repository}/tree/main/.changeset).`
  return `---\neditLink: false\n---\n\n# Changelog\n\n${links.join('\n') || before}\n`
}
