import { mkdirSync, writeFileSync } from 'node:fs'
import type { PackedPackage } from './release.ts'
import { runOrThrow } from './run.ts'

/** A folder outside the workspace, into which npm installs packages as a user would. */
export async function npmProject(folder: string, packages: readonly string[]): Promise<void> {
  mkdirSync(folder, { recursive: true })
  writeFileSync(`${folder}/package.json`, '{ "private": true, "type": "module" }\n')
  const quietly = ['--no-audit', '--no-fund', '--loglevel=error', '--prefer-offline']
  // Without a connection to the registry npm should fail soon.
  const soon = ['--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=5000']
  const args = ['install', ...quietly, ...soon, ...packages]
  await runOrThrow('npm', args, { cwd: folder, env: plainEnv(), timeoutMs: 180_000 })
}

/** Nothing of this workspace's npm and pnpm settings, and no telemetry. */
export function plainEnv(): NodeJS.ProcessEnv {
  const settings = /^(npm|pnpm)_/i
  const kept = Object.entries(process.env).filter(([name]) => !settings.test(name))
  return { ...Object.fromEntries(kept), MASTRA_TELEMETRY_DISABLED: '1', NODE_ENV: 'test' }
}

/** A package and those of ours that it needs: they are on no registry yet, so their tarballs are installed beside it. */
export function withOurs(
  start: PackedPackage,
  all: readonly PackedPackage[],
): readonly PackedPackage[] {
  const found = new Set([start])
  for (const { manifest } of found) {
    const optional = manifest.peerDependenciesMeta ?? {}
    const peers = Object.keys(manifest.peerDependencies ?? {})
    const needed = [
      ...Object.keys(manifest.dependencies ?? {}),
      ...peers.filter((name) => !optional[name]?.optional),
    ]
    for (const candidate of all) if (needed.includes(candidate.name)) found.add(candidate)
  }
  return [...found]
}
