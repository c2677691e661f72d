/**
 * `pnpm test:readmes [package…]`: packs the built packages and does, in an empty folder for each, what its
 * README says: installs with npm, copies the code, runs it, and compares what is printed.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root, runCommand, say } from './command-line.ts'
import { packAll } from './pack.ts'
import { followReadme } from './readmes/follow-readme.ts'
import { startScopeRegistry } from './readmes/scope-registry.ts'
import type { PackedPackage } from './release.ts'
import { runOrThrow } from './run.ts'

await runCommand(async () => {
  const scratch = mkdtempSync(join(tmpdir(), 'authsec-readmes-'))
  try {
    await runOrThrow('pnpm', ['exec', 'turbo', 'run', 'build'], { cwd: root })
    const packages = await packAll(root, scratch)
    const failed = await followAll(chosen(process.argv.slice(2), packages), packages, scratch)
    if (failed.length > 0) throw new Error(`Wrong: the README of ${failed.join(', ')}.`)
    say('Every README works as it stands.')
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
})

function chosen(
  words: readonly string[],
  packages: readonly PackedPackage[],
): readonly PackedPackage[] {
  const folders = packages.map(({ folder }) => folder)
  const unknown = words.find((word) => !folders.includes(word))
  if (unknown !== undefined) throw new Error(`Use ${folders.join(', ')} instead of ${unknown}.`)
  return packages.filter(({ folder }) => words.length === 0 || words.includes(folder))
}

/** Returns the names of the packages whose README does not work. */
async function followAll(
  wanted: readonly PackedPackage[],
  packages: readonly PackedPackage[],
  scratch: string,
): Promise<readonly string[]> {
  const registry = await startScopeRegistry(packages)
  const failed: string[] = []
  try {
    for (const packed of wanted) {
      const project = join(scratch, 'readers', packed.folder)
      const problems = await followReadme(packed, project, registry.url)
      say(`${problems.length === 0 ? '✓' : '✗'} ${packed.name}`)
      for (const problem of problems) say(problem.replaceAll(/^/gm, '    '))
      if (problems.length > 0) failed.push(packed.name)
    }
  } finally {
    await registry.close()
  }
  return failed
}
