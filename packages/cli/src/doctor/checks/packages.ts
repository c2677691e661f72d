import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { satisfies } from 'semver'
import type { Inputs } from '../inputs.ts'
import type { Findings } from '../report.ts'

interface Installed {
  readonly name: string
  readonly version: string
  readonly folder: string
  readonly dependencies: Readonly<Record<string, string>>
  readonly peers: Readonly<Record<string, string>>
  readonly optional: ReadonlySet<string>
}

const NODE_RANGE = '>=22.13'

/** What is installed in the project: versions beside the peer ranges of our packages, and second copies. */
export function checkPackages(
  { cwd, nodeVersion }: Inputs,
  findings: Findings,
  mode?: string,
): void {
  findings.facts['node'] = nodeVersion
  if (!satisfies(nodeVersion, NODE_RANGE, { includePrerelease: true })) {
    findings.add('node_too_old', { seen: `It is ${nodeVersion}` })
  }
  const project = projectOf(cwd)
  const ours = oursIn(project)
  findings.facts['packages'] = Object.fromEntries(ours.map(({ name, version }) => [name, version]))
  checkCore(project, ours, findings)
  for (const adapter of ours) checkPeers(project, adapter, findings)
  const needsEmulator = mode === 'mock' && ours.some(({ name }) => name === '@authsec/core')
  if (needsEmulator && !find('@authsec/emulator', project)) findings.add('emulator_missing')
}

/** The next folder upwards that has packages of ours installed, else the working directory. */
function projectOf(folder: string): string {
  if (existsSync(join(folder, 'node_modules/@authsec'))) return folder
  const parent = dirname(folder)
  return parent === folder ? folder : projectOf(parent)
}

function oursIn(project: string): readonly Installed[] {
  const scope = join(project, 'node_modules/@authsec')
  if (!existsSync(scope)) return []
  return readdirSync(scope).flatMap((name) => find(`@authsec/${name}`, project) ?? [])
}

function checkCore(project: string, ours: readonly Installed[], findings: Findings): void {
  const users = ours.filter(({ dependencies }) => '@authsec/core' in dependencies)
  const copies = [project, ...users.map(({ folder }) => folder)].flatMap(
    (from) => find('@authsec/core', from) ?? [],
  )
  const different = new Map(copies.map((copy) => [copy.folder, copy]))
  if (different.size < 2) return
  const versions = [...different.values()].map(({ version }) => version)
  findings.add('core_copies', { seen: `There are ${different.size}: ${versions.join(', ')}` })
}

function checkPeers(project: string, adapter: Installed, findings: Findings): void {
  for (const [name, range] of Object.entries(adapter.peers)) {
    if (name.startsWith('@authsec/')) continue
    const used = find(name, adapter.folder)
    const isOptional = adapter.optional.has(name)
    if (!used) {
      if (!isOptional) findings.add('framework_missing', missing(adapter, name, range))
      continue
    }
    if (!satisfies(used.version, range, { includePrerelease: true })) {
      const seen = `${name} is ${used.version}, and ${adapter.name} ${adapter.version} is tested with ${range}`
      findings.add('framework_untested', { seen })
    }
    const programs = find(name, project)
    if (programs && programs.folder !== used.folder) {
      const seen = `The program uses ${name} ${programs.version}, and ${adapter.name} uses ${used.version}`
      findings.add('framework_copies', { seen })
    }
  }
}

function missing(
  { name: adapter }: Installed,
  name: string,
  range: string,
): { readonly seen: string; readonly fix: string } {
  return { seen: `${adapter} needs ${name} ${range}`, fix: `npm install "${name}@${range}"` }
}

/** Finds a package as Node.js does: in the `node_modules` of this folder, or of one above. */
function find(name: string, from: string): Installed | undefined {
  const candidate = join(from, 'node_modules', name)
  if (existsSync(join(candidate, 'package.json'))) return read(name, realpathSync(candidate))
  const parent = dirname(from)
  return parent === from ? undefined : find(name, parent)
}

interface Manifest {
  readonly version?: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>
}

function read(name: string, folder: string): Installed | undefined {
  try {
    const manifest: Manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    const { version = '0.0.0', dependencies = {}, peerDependencies: peers = {} } = manifest
    const optional = Object.entries(manifest.peerDependenciesMeta ?? {})
      .filter(([, meta]) => meta.optional)
      .map(([peer]) => peer)
    return { name, version, folder, dependencies, peers, optional: new Set(optional) }
  } catch {
    return undefined
  }
}
