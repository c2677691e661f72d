/**
 * `pnpm test:peers [framework…] [low|high]`: packs the built packages, installs the tarballs with the
 * oldest and the newest peers in clean folders, compiles against them, and runs the tool contract there.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root, runCommand, say } from './command-line.ts'
import { plainEnv } from './npm-project.ts'
import { packAll } from './pack.ts'
import { type PeerCase, peerCases } from './peer-cases.ts'
import { createPeerProject } from './peer-project.ts'
import type { PackedPackage } from './release.ts'
import { runOrThrow } from './run.ts'

await runCommand(async () => {
  const cases = chosen(process.argv.slice(2))
  const scratch = mkdtempSync(join(tmpdir(), 'authsec-peers-'))
  const failures: string[] = []
  try {
    await runOrThrow('pnpm', ['exec', 'turbo', 'run', 'build'], { cwd: root })
    const packages = await packAll(root, scratch)
    for (const each of cases) {
      const title = `@authsec/${each.framework} with ${each.peers.join(', ')}`
      say(`\n${title}`)
      try {
        await prove(each, packages, mkdtempSync(join(scratch, 'project-')))
      } catch (error) {
        failures.push(title)
        say(`  ✗ ${error instanceof Error ? error.message : String(error)}`)
      }
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
  if (failures.length > 0) throw new Error(`\nFailed: ${failures.join('; ')}`)
  say(`\nAll ${cases.length} passed.`)
})

function chosen(words: readonly string[]): readonly PeerCase[] {
  const cases = peerCases(root)
  const known = new Set<string>(cases.flatMap(({ framework, end }) => [framework, end]))
  const unknown = words.find((word) => !known.has(word))
  if (unknown !== undefined) {
    throw new Error(`Use one of ${[...known].join(', ')} instead of ${unknown}.`)
  }
  const isNamed = (kinds: readonly string[], value: string): boolean =>
    !words.some((word) => kinds.includes(word)) || words.includes(value)
  const frameworks = cases.map(({ framework }) => framework)
  return cases.filter(
    ({ framework, end }) => isNamed(['low', 'high'], end) && isNamed(frameworks, framework),
  )
}

/** Throws when something does not install, compile or pass. */
async function prove(
  each: PeerCase,
  packages: readonly PackedPackage[],
  project: string,
): Promise<void> {
  const test = await createPeerProject(each, packages, project)
  const options = { cwd: project, env: plainEnv() }
  const compiler = join(root, 'node_modules/@typescript/native/bin/tsc')
  await runOrThrow(process.execPath, [compiler, '--project', '.'], options)
  say('  ✓ compiles')
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const output = await runOrThrow(process.execPath, [vitest, 'run', test], options)
  say(`  ✓ ${/Tests .*?(\d+ passed)/.exec(output)?.[1]}`)
}
