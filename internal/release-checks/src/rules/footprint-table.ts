import { join } from 'node:path'
import { type Footprint, KIB, MIB, measureFootprints } from '../footprint.ts'
import { recorded } from '../recorded.ts'
import type { Rule } from '../release.ts'

/** As much as a figure may be off before it is written anew: every change moves some a little. */
const TOLERANCE = 0.05

/** The table of sizes in the documentation is true. */
export const footprintTable: Rule = async (release) =>
  recorded({
    file: join(release.root, 'docs/footprint.md'),
    text: page(await measureFootprints(release)),
    update: release.update,
    isSame: isTrue,
  })

/** Word for word the same, and every figure nearly. */
function isTrue(recordedPage: string, measured: string): boolean {
  const [before, now] = [apart(recordedPage), apart(measured)]
  return (
    before.words === now.words &&
    before.figures.every((figure, index) => {
      const difference = Math.abs(figure - (now.figures[index] ?? Number.NaN))
      return difference <= Math.max(TOLERANCE * figure, 0.1)
    })
  )
}

/** Downloads, in whole KiB, are left out: changelogs in them grow with every release, and they have a budget. */
function apart(text: string): { words: string; figures: readonly number[] } {
  const compared = text.replaceAll(/(?<![\d.])\d+ KiB/g, 'KiB')
  const figure = /\d+(\.\d+)?/g
  return {
    words: compared.replaceAll(figure, ''),
    figures: (compared.match(figure) ?? []).map(Number),
  }
}

function page(footprints: readonly Footprint[]): string {
  const rows = footprints.map(({ packed, bundle, tarballBytes, install }) =>
    row([
      `\`${packed.name}\``,
      kib(bundle.loaded),
      kib(bundle.total),
      `${Math.round(tarballBytes / KIB)} KiB`,
      String(install.packages),
      `${(install.bytes / MIB).toFixed(1)} MiB`,
    ]),
  )
  return `${INTRODUCTION}\n${HEAD.map(row).join('\n')}\n${rows.join('\n')}\n`
}

const HEAD = [
  ['Package', 'Import loads', 'All code', 'Download', 'Packages', 'Installed'],
  ['---', '--:', '--:', '--:', '--:', '--:'],
]

const INTRODUCTION = `# What the packages cost

Written by \`pnpm api --update\`, held by \`pnpm check\`.

- **Import loads**: our own code behind \`import '<package>'\`, bundled and minified, dependencies not
  counted. At most 40 KiB for core, 10 KiB for an adapter.
- **All code**: with what is loaded later, when a feature is first used.
- **Download**: the tarball on the registry, with sources and source maps. At most 150 KiB.
- **Packages**, **Installed**: the package and everything it depends on, in the versions of the
  lockfile; peers such as zod and the framework are yours. Nothing of it runs at install time.
- Importing core takes at most a fifth of the time that importing undici takes, measured in one process.
`

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}

function kib(bytes: number): string {
  return `${(bytes / KIB).toFixed(1)} KiB`
}
