import { join } from 'node:path'
import { recorded } from '../recorded.ts'
import type { Rule } from '../release.ts'

/** The files of each package are those on its list in `api/`. */
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

/** A bundler puts a hash of the content in the name of a shared part. */
function withoutHash(file: string): string {
  return file.replace(/-[\w-]{8}(?=\.(js|d\.ts)(\.map)?$)/, '-HASH')
}
