import { type Footprint, KIB, MIB, measureFootprints } from '../footprint.ts'
import { importRatio } from '../import-time.ts'
import type { PackedPackage, Release, Rule } from '../release.ts'

/** What importing a package loads, at most: core, and each package that depends on core. */
export const CORE_KIB = 200
export const ADAPTER_KIB = 16
export const LARGE_ADAPTERS: Readonly<Record<string, number>> = { mcp: 48, llamaindex: 32 }

/** With the sources, their maps, and for core a second build, for runtimes without Node.js. */
export const TARBALL_KIB = 896

/** Importing core takes at most this share of the time that importing undici takes. */
const MOST_IMPORT_TIME = 0.2

interface Budget {
  readonly loadedKib?: number
  readonly packages?: number
  readonly installedBytes?: number
}

/** What a package costs to load and to install stays within what was promised. */
export const budgets: Rule = async (release) => {
  const footprints = await measureFootprints(release)
  return [...footprints.flatMap(overBudget), ...(await importTimeProblems(release))]
}

function overBudget({ packed, bundle, tarballBytes, install }: Footprint): string[] {
  const { loadedKib, packages, installedBytes } = budgetOf(packed)
  const { withScripts } = install
  const measured: readonly (readonly [what: string, value: number, limit: number | undefined])[] = [
    ['KiB of minified code that its import loads', bundle.loaded / KIB, loadedKib],
    ['KiB of tarball', tarballBytes / KIB, TARBALL_KIB],
    ['packages installed', install.packages, packages],
    ['bytes installed', install.bytes, installedBytes],
    [`install scripts (${withScripts.join(', ')})`, withScripts.length, 0],
  ]
  return measured
    .filter(([, value, limit]) => limit !== undefined && value > limit)
    .map(([what, value, limit]) => `${packed.name}: ${value} ${what}; the budget is ${limit}.`)
}

function budgetOf({ folder, manifest: { dependencies = {} } }: PackedPackage): Budget {
  if (folder === 'core') return { loadedKib: CORE_KIB, packages: 3, installedBytes: 5 * MIB }
  const isAdapter = '@authsec/core' in dependencies
  return isAdapter ? { loadedKib: LARGE_ADAPTERS[folder] ?? ADAPTER_KIB } : {}
}

async function importTimeProblems({ packages, scratch }: Release): Promise<string[]> {
  const core = packages.find(({ folder }) => folder === 'core')
  if (!core) return []
  let ratio = await importRatio(core, scratch)
  // A busy moment of the machine passes, a slower import stays.
  if (ratio > MOST_IMPORT_TIME) ratio = Math.min(ratio, await importRatio(core, scratch))
  if (ratio <= MOST_IMPORT_TIME) return []
  const limit = `the budget is ${MOST_IMPORT_TIME}`
  return [`@authsec/core: its import takes ${ratio.toFixed(2)} of that of undici; ${limit}.`]
}
