/**
 * `pnpm test:peers [framework]`: packs the built packages, installs the tarballs with the oldest and
 * the newest peers in clean folders, compiles against them, and runs the contract in short there.
 */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../', import.meta.url))
const OLDEST_ZOD = 'zod@4.2.0'
const NEWEST_ZOD = 'zod@^4'

/** Peer ranges at their ends: what a package.json of ours promises. */
const cases: readonly (readonly [framework: string, peers: readonly string[]])[] = [
  ['langchain', ['@langchain/core@1.3.4', OLDEST_ZOD]],
  ['langchain', ['@langchain/core@^1', NEWEST_ZOD]],
  ['ai-sdk', ['ai@5.0.7', OLDEST_ZOD]],
  ['ai-sdk', ['ai@^5', NEWEST_ZOD]],
  ['ai-sdk', ['ai@6.0.0', OLDEST_ZOD]],
  ['ai-sdk', ['ai@^6', NEWEST_ZOD]],
  ['ai-sdk', ['ai@7.0.0', OLDEST_ZOD]],
  ['ai-sdk', ['ai@^7', NEWEST_ZOD]],
  ['mastra', ['@mastra/core@1.70.0', OLDEST_ZOD]],
  ['mastra', ['@mastra/core@^1', NEWEST_ZOD]],
]

const wanted = process.argv.slice(2)
const folder = mkdtempSync(join(tmpdir(), 'authsec-peers-'))
const failures: string[] = []
try {
  const tarballs = pack()
  for (const [framework, peers] of cases) {
    if (wanted.length > 0 && !wanted.includes(framework)) continue
    const title = `@authsec/${framework} with ${peers.join(', ')}`
    process.stdout.write(`\n${title}\n`)
    try {
      prove(framework, peers, tarballs)
    } catch (error) {
      failures.push(title)
      process.stdout.write(`  ✗ ${error instanceof Error ? error.message : 'failed'}\n`)
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
process.stdout.write(failures.length > 0 ? `\nFailed: ${failures.join('; ')}\n` : '\nAll passed.\n')
process.exitCode = failures.length > 0 ? 1 : 0

/** What would be published, by name of the package's folder. */
function pack(): ReadonlyMap<string, string> {
  const packages = ['core', 'emulator', 'langchain', 'ai-sdk', 'mastra']
  const filters = packages.flatMap((name) => ['--filter', `@authsec/${name}`])
  execFileSync('pnpm', ['exec', 'turbo', 'run', 'build', ...filters], { cwd: root, stdio: 'pipe' })
  return new Map(
    packages.map((name) => {
      const target = join(folder, 'tarballs', name)
      mkdirSync(target, { recursive: true })
      const cwd = join(root, 'packages', name)
      execFileSync('pnpm', ['pack', '--pack-destination', target], { cwd, stdio: 'pipe' })
      return [name, join(target, String(readdirSync(target)[0]))]
    }),
  )
}

function prove(
  framework: string,
  peers: readonly string[],
  tarballs: ReadonlyMap<string, string>,
): void {
  const project = mkdtempSync(join(folder, `${framework}-`))
  const run = (file: string, args: string[], stdio: 'inherit' | 'pipe'): unknown =>
    execFileSync(file, args, { cwd: project, stdio, env: quiet() })
  writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }')
  const ours = ['core', 'emulator', framework].map((name) => `file:${tarballs.get(name)}`)
  const tools = ['@types/node@22']
  run('npm', ['install', '--no-audit', '--no-fund', ...ours, ...peers, ...tools], 'pipe')
  cpSync(join(root, 'internal/tool-contract/peers'), join(project, 'peers'), { recursive: true })
  const strict = '--noEmit --strict --skipLibCheck --allowImportingTsExtensions --types node'
  const modules = '--target es2024 --module nodenext --ignoreConfig'
  const types = `peers/${framework}-types.ts`
  const compiler = join(root, 'node_modules/@typescript/native/bin/tsc')
  run(process.execPath, [compiler, ...`${strict} ${modules} ${types}`.split(' ')], 'inherit')
  process.stdout.write('  ✓ compiles\n')
  const flags = ['--disable-warning=ExperimentalWarning']
  run(process.execPath, [...flags, `peers/${framework}.ts`], 'inherit')
}

/** Nothing of this workspace's settings, and no telemetry. */
function quiet(): NodeJS.ProcessEnv {
  const npm = /^(npm|pnpm)_/i
  const kept = Object.entries(process.env).filter(([name]) => !npm.test(name))
  return { ...Object.fromEntries(kept), MASTRA_TELEMETRY_DISABLED: '1', NODE_ENV: 'test' }
}
