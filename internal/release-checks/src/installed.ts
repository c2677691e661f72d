import { existsSync, realpathSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { filesIn, readManifest } from './pack.ts'
import type { Manifest, PackedPackage } from './release.ts'

export interface InstallSize {
  /** The package itself and all it depends on; peers are the user's. */
  readonly packages: number
  readonly bytes: number
  /** Names of packages with a script that runs at installation. */
  readonly withScripts: readonly string[]
}

interface Installed {
  readonly folder: string
  /** The folder where the search for its dependencies starts. */
  readonly home: string
  readonly manifest: Manifest
}

/** What installing a package brings, in the versions of the lockfile. */
export function installSize(start: PackedPackage, all: readonly PackedPackage[]): InstallSize {
  const found = new Map<string, Installed>()
  const add = (name: string, from: string): void => {
    const ours = all.find((packed) => packed.name === name)
    const installed = ours ? asInstalled(ours) : find(name, from)
    if (found.has(installed.folder)) return
    found.set(installed.folder, installed)
    const { dependencies = {} } = installed.manifest
    for (const dependency of Object.keys(dependencies)) add(dependency, installed.home)
  }
  add(start.name, start.source)
  const installed = [...found.values()]
  return {
    packages: installed.length,
    bytes: installed.reduce((sum, { folder }) => sum + bytesIn(folder), 0),
    withScripts: installed.filter(runsAtInstall).map(({ manifest }) => manifest.name),
  }
}

function asInstalled({ unpacked, source, manifest }: PackedPackage): Installed {
  return { folder: unpacked, home: source, manifest }
}

/** Searches as Node.js does: in the `node_modules` of this folder, or of one above. */
function find(name: string, from: string): Installed {
  const candidate = join(from, 'node_modules', name)
  if (existsSync(candidate)) {
    const folder = realpathSync(candidate)
    return { folder, home: folder, manifest: readManifest(folder) }
  }
  if (dirname(from) === from) throw new Error(`${name} is not installed; run pnpm install.`)
  return find(name, dirname(from))
}

function bytesIn(folder: string): number {
  const own = filesIn(folder).filter((file) => !file.startsWith('node_modules/'))
  return own.reduce((sum, file) => sum + statSync(join(folder, file)).size, 0)
}

function runsAtInstall({ folder, manifest: { scripts = {} } }: Installed): boolean {
  const named = ['preinstall', 'install', 'postinstall'].some((name) => name in scripts)
  return named || existsSync(join(folder, 'binding.gyp'))
}
