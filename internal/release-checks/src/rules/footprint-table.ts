import { join } from 'node:path'
import { type Footprint, KIB, MIB, measureFootprints } from '../footprint.ts'
import { recorded } from '../recorded.ts'
import type { Rule } from '../release.ts'
import { ADAPTER_KIB, CORE_KIB, LARGE_ADAPTERS, TARBALL_KIB } from './budgets.ts'

export const FOOTPRINT_FILE = 'docs/footprint.md'

/** A recorded figure may be off by this share before it is recorded anew: every change moves some a little. */
const TOLERANCE = 0.05

/** The table of sizes in the documentation is true. */
export const footprintTable: Rule = async (release) =>
  recorded({
    file: join(release.root, FOOTPRINT_FILE),
    text: page(await measureFootprints(release)),
    update: release.update,
    isSame: isTrue,
  })

/** "All code" in KiB by package, as a page records it. */
export function recordedSizes(text: string): ReadonlyMap<string, number> {
  const rows = text.matchAll(/^\| `([^`]+)` \|[^|]*\| ([\d.]+) KiB \|/gm)
  return new Map([...rows].map(([, name = '', size]) => [name, Number(size)]))
}

/** The words are the same, and the figures nearly. */
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
    [
      `\`${packed.name}\``,
      `${(bundle.loaded / KIB).toFixed(1)} KiB`,
      `${(bundle.total / KIB).toFixed(1)} KiB`,
      `${Math.round(tarballBytes / KIB)} KiB`,
      install.packages,
      `${(install.bytes / MIB).toFixed(1)} MiB`,
    ].join(' | '),
  )
  return `${INTRODUCTION}${rows.map((row) => `| ${row} |\n`).join('')}`
}

const larger = Object.entries(LARGE_ADAPTERS).map(([name, kib]) => `${kib} KiB for ${name}`)

const INTRODUCTION = `# What the packages cost

Written by \`pnpm api --update\`, enforced by \`pnpm check\`.

- **Import loads**: our own code behind \`import '<package>'\`, bundled and minified, dependencies not
  counted. At most ${CORE_KIB} KiB for core, ${larger.join(', ')}, ${ADAPTER_KIB} KiB for every other adapter.
- **All code**: with what is loaded later, when a feature is first used. A change that makes a package
  more than 10 % larger states the reason in its changeset, on a line that starts with "Size: ".
- **Download**: the tarball on the registry, with sources and source maps. At most ${TARBALL_KIB} KiB.
- **Packages**, **Installed**: the package and everything it depends on, in the versions of the
  lockfile. The user installs peers such as zod and the framework. No install script runs.
- Importing core takes at most a fifth of the time that importing undici takes, measured in one process.

| Package | Import loads | All code | Download | Packages | Installed |
| --- | --: | --: | --: | --: | --: |
`
