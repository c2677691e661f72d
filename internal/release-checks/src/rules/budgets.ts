import { type Footprint, KIB, MIB, measureFootprints } from '../footprint.ts'
import { importRatio } from '../import-time.ts'
import type { PackedPackage, Release, Rule } from '../release.ts'

interface Budget {
  /** What importing the package loads. */
  readonly loadedBytes?: number
  readonly packages?: number
  readonly installedBytes?: number
}

const CORE: Budget = { loadedBytes: 40 * KIB, packages: 3, installedBytes: 3.5 * MIB }

/** For whatever stands on core. */
const ADAPTER: Budget = { loadedBytes: 10 * KIB }

const MOST_TARBALL_BYTES = 150 * KIB

/** Importing core takes at most this share of the time that importing undici takes. */
const MOST_IMPORT_TIME = 0.2

/** What a package costs to load and to install stays within what was promised. */
export const budgets: Rule = async (release) => {
  const footprints = await measureFootprints(release)
  return [...footprints.flatMap(overBudget), ...(await importTimeProblems(release))]
}

function overBudget({ packed, bundle, tarballBytes, install }: Footprint): string[] {
  const { loadedBytes, packages, installedBytes } = budgetOf(packed)
  const measured: readonly (readonly [what: string, value: number, limit: number | undefined])[] = [
    ['bytes of minified code that its import loads', bundle.loaded, loadedBytes],
    ['bytes of tarball', tarballBytes, MOST_TARBALL_BYTES],
    ['packages installed', install.packages, packages],
    ['bytes installed', install.bytes, installedBytes],
    [`install scripts (${install.withScripts.join(', ')})`, install.withScripts.length, 0],
  ]
  return measured
    .filter(([, value, limit]) => limit !== undefined && value > limit)
    .map(([what, value, limit]) => `${packed.name}: ${value} ${what}; the budget is ${limit}.`)
}

function budgetOf({ folder, manifest: { dependencies = {} } }: PackedPackage): Budget {
  if (folder === 'core') return CORE
  return '@authsec/core' in dependencies ? ADAPTER : {}
}

async function importTimeProblems({ packages, scratch }: Release): Promise<string[]> {
  const core = packages.find(({ folder }) => folder === 'core')
  if (!core) return []
  const ratio = await importRatio(core, scratch)
  if (ratio <= MOST_IMPORT_TIME) return []
  const limit = `the budget is ${MOST_IMPORT_TIME}`
  return [`@authsec/core: its import takes ${ratio.toFixed(2)} of that of undici; ${limit}.`]
}
