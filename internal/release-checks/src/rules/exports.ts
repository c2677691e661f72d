import { join } from 'node:path'
import { type EntryApi, readEntryApi } from '../declarations.ts'
import { recorded } from '../recorded.ts'
import { entryPoints, type PackedPackage, type Rule } from '../release.ts'

/** What each package exports is what is recorded in `api/`: a change of it is always meant, and seen in review. */
export const exportsRecorded: Rule = async ({ root, packages, update }) =>
  packages.flatMap((packed) =>
    recorded({
      file: join(root, 'api', `${packed.folder}.exports.md`),
      text: describe(packed),
      update,
    }),
  )

function describe({ name, manifest, unpacked }: PackedPackage): string {
  const entries = entryPoints(manifest).map(({ specifier, types }) =>
    section(specifier, readEntryApi(join(unpacked, types))),
  )
  return [`# ${name}: its exports`, '', 'Written by `pnpm api --update`.', '', ...entries].join(
    '\n',
  )
}

function section(specifier: string, { exported, mentioned }: EntryApi): string {
  return [
    `## \`${specifier}\``,
    codeBlock(exported),
    ...(mentioned.length > 0 ? ['Mentioned by these, not exported:', codeBlock(mentioned)] : []),
  ].join('\n\n')
}

function codeBlock(declarations: readonly string[]): string {
  return ['```ts', declarations.join('\n\n'), '```', ''].join('\n')
}
