import { join } from 'node:path'
import { type Declaration, readEntryApi } from '../declarations.ts'
import { recorded } from '../recorded.ts'
import { entryPoints, type PackedPackage, type Rule } from '../release.ts'

/** What each package exports is what is recorded in `api/`: a change of it is intended, and seen in review. */
export const exportsRecorded: Rule = async ({ root, packages, update }) =>
  packages.flatMap((packed) =>
    recorded({
      file: join(root, 'api', `${packed.folder}.exports.md`),
      text: describe(packed),
      update,
    }),
  )

/** Prints a declaration once, where it first appears; later entry points that export it give its name. */
function describe({ name, manifest, unpacked }: PackedPackage): string {
  const printed = new Set<string>()
  const isNew = ({ text }: Declaration): boolean => !printed.has(text)
  const sections = entryPoints(manifest).map(({ specifier, types }) => {
    const { exported, mentioned } = readEntryApi(join(unpacked, types))
    const known = exported.filter((each) => !isNew(each)).map((each) => each.name)
    const paragraphs = [
      `## \`${specifier}\``,
      ...codeBlock(exported.filter(isNew)),
      ...(known.length > 0 ? [`Exports from above: ${known.sort().join(', ')}.`] : []),
      ...codeBlock(mentioned.filter(isNew), 'Not exported, but mentioned by these:'),
    ]
    for (const { text } of [...exported, ...mentioned]) printed.add(text)
    return paragraphs.join('\n\n')
  })
  return [`# ${name}: its exports`, 'Written by `pnpm api --update`.', ...sections, ''].join('\n\n')
}

function codeBlock(declarations: readonly Declaration[], title?: string): string[] {
  if (declarations.length === 0) return []
  const code = declarations.map(({ text }) => text).sort()
  return [...(title ? [title] : []), ['```ts', ...code, '```'].join('\n')]
}
