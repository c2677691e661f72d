/**
 * `pnpm test:peers [framework…] [low|high]`: packs the built packages, installs the tarballs with the
 * oldest and the newest peers in clean folders, compiles against them, and runs the contract in short
 * there.
 */
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root, runCommand, say } from './command-line.ts'
import { npmProject, plainEnv, withOurs } from './npm-project.ts'
import { packAll } from './pack.ts'
import type { PackedPackage } from './release.ts'
import { runOrThrow } from './run.ts'

interface Case {
  readonly framework: string
  readonly end: 'low' | 'high'
  readonly peers: readonly string[]
}

const OLDEST_ZOD = 'zod@4.2.0'
const NEWEST_ZOD = 'zod@^4'

/** Peer ranges at their ends: what a package.json of ours promises. */
const cases: readonly Case[] = [
  { framework: 'langchain', end: 'low', peers: ['@langchain/core@1.3.4', OLDEST_ZOD] },
  { framework: 'langchain', end: 'high', peers: ['@langchain/core@^1', NEWEST_ZOD] },
  { framework: 'ai-sdk', end: 'low', peers: ['ai@5.0.7', OLDEST_ZOD] },
  { framework: 'ai-sdk', end: 'high', peers: ['ai@^5', NEWEST_ZOD] },
  { framework: 'ai-sdk', end: 'low', peers: ['ai@6.0.0', OLDEST_ZOD] },
  { framework: 'ai-sdk', end: 'high', peers: ['ai@^6', NEWEST_ZOD] },
  { framework: 'ai-sdk', end: 'low', peers: ['ai@7.0.0', OLDEST_ZOD] },
  { framework: 'ai-sdk', end: 'high', peers: ['ai@^7', NEWEST_ZOD] },
  { framework: 'mastra', end: 'low', peers: ['@mastra/core@1.70.0', OLDEST_ZOD] },
  { framework: 'mastra', end: 'high', peers: ['@mastra/core@^1', NEWEST_ZOD] },
  { framework: 'llamaindex', end: 'low', peers: ['@llamaindex/core@0.6.22', OLDEST_ZOD] },
  { framework: 'llamaindex', end: 'high', peers: ['@llamaindex/core@0.6.23', NEWEST_ZOD] },
]

await runCommand(async () => {
  const wanted = chosen(process.argv.slice(2))
  const scratch = mkdtempSync(join(tmpdir(), 'authsec-peers-'))
  const failures: string[] = []
  try {
    await runOrThrow('pnpm', ['exec', 'turbo', 'run', 'build'], { cwd: root })
    const packages = await packAll(root, scratch)
    for (const each of wanted) {
      const title = `@authsec/${each.framework} with ${each.peers.join(', ')}`
      say(`\n${title}`)
      const problem = await prove(each, packages, mkdtempSync(join(scratch, 'project-')))
      if (problem) failures.push(title)
      if (problem) say(`  ✗ ${problem}`)
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
  if (failures.length > 0) throw new Error(`\nFailed: ${failures.join('; ')}`)
  say(`\nAll ${wanted.length} passed.`)
})

function chosen(words: readonly string[]): readonly Case[] {
  const known = new Set(cases.flatMap(({ framework, end }) => [framework, end]))
  const unknown = words.find((word) => !known.has(word))
  if (unknown !== undefined) throw new Error(`${unknown} is none of ${[...known].join(', ')}.`)
  const ends = words.filter((word) => word === 'low' || word === 'high')
  const frameworks = words.filter((word) => word !== 'low' && word !== 'high')
  return cases.filter(
    ({ framework, end }) =>
      (ends.length === 0 || ends.includes(end)) &&
      (frameworks.length === 0 || frameworks.includes(framework)),
  )
}

/** Returns what went wrong, if anything did. */
async function prove(
  { framework, peers }: Case,
  packages: readonly PackedPackage[],
  project: string,
): Promise<string | undefined> {
  try {
    await install(framework, peers, packages, project)
    cpSync(join(root, 'internal/tool-contract/peers'), join(project, 'peers'), { recursive: true })
    await compile(`peers/${framework}-types.ts`, project)
    say('  ✓ compiles')
    const flags = ['--disable-warning=ExperimentalWarning']
    const file = `peers/${framework}.ts`
    const options = { cwd: project, env: plainEnv() }
    say((await runOrThrow(process.execPath, [...flags, file], options)).trimEnd())
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** Our package, what it needs of ours, the emulator for mock mode, and the peers. */
async function install(
  framework: string,
  peers: readonly string[],
  packages: readonly PackedPackage[],
  project: string,
): Promise<void> {
  const wanted = packages.filter(({ folder }) => folder === framework || folder === 'emulator')
  const ours = new Set(wanted.flatMap((packed) => withOurs(packed, packages)))
  const tarballs = [...ours].map(({ tarball }) => `file:${tarball}`)
  await npmProject(project, [...tarballs, ...peers, '@types/node@22'])
}

async function compile(file: string, cwd: string): Promise<void> {
  const strict = '--noEmit --strict --skipLibCheck --allowImportingTsExtensions --types node'
  const modules = '--target es2024 --module nodenext --ignoreConfig'
  const compiler = join(root, 'node_modules/@typescript/native/bin/tsc')
  const args = [compiler, ...`${strict} ${modules}`.split(' '), file]
  await runOrThrow(process.execPath, args, { cwd, env: plainEnv() })
}
