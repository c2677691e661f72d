import { join } from 'node:path'
import { recorded } from '../recorded.ts'
import type { Rule } from '../release.ts'

/** The files of each package are those on its list in `api/`: nothing slips in, nothing is forgotten. */
export const fileList: Rule = async ({ root, packages, update }) =>
  packages.flatMap(({ folder, files }) =>
    recorded({
      file: join(root, 'api', `${folder}.files.txt`),
      text: `${files.filter(isListed).map(withoutHash).join('\n')}\n`,
      update,
    }),
  )

/** A changelog appears with the first version that has one. */
function isListed(file: string): boolean {
  return file !== 'CHANGELOG.md'
}

/** Bundlers name shared parts by their content, which may change without anything to see. */
function withoutHash(file: string): string {
  return file.replace(/-[\w-]{8}(?=\.(js|d\.ts)(\.map)?$)/, '-HASH')
}
