import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { digest, packAll } from './pack.ts'
import type { Release } from './release.ts'
import { type RuleName, rules } from './rules.ts'
import { runOrThrow } from './run.ts'

/** The number of rules at a time: as many as CI has cores for. */
const LANES = 2

export interface CheckOptions {
  readonly root: string
  readonly names: readonly RuleName[]
  /** Write what is recorded anew, rather than compare with it. */
  readonly update?: boolean
  readonly say: (text: string) => void
}

export interface CheckedRelease {
  readonly broken: readonly RuleName[]
  /** What was checked: by name and version, the SHA-256 of the tarball. */
  readonly tarballs: ReadonlyMap<string, string>
}

/** Builds and packs all packages, checks the rules, and prints each result as soon as it is known. */
export async function checkRelease(options: CheckOptions): Promise<CheckedRelease> {
  const { root, names, update = false, say } = options
  const scratch = mkdtempSync(join(tmpdir(), 'authsec-release-'))
  try {
    const started = performance.now()
    await runOrThrow('pnpm', ['exec', 'turbo', 'run', 'build'], { cwd: root })
    const packages = await packAll(root, scratch)
    say(`Built and packed ${packages.length} packages${since(started)}.`)
    const broken = await checkRules(names, { root, scratch, packages, update }, say)
    const tarballs = packages.map(
      ({ name, manifest: { version }, tarball }) =>
        [`${name}@${version}`, digest(tarball)] as const,
    )
    return { broken, tarballs: new Map(tarballs) }
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

async function checkRules(
  names: readonly RuleName[],
  release: Release,
  say: (text: string) => void,
): Promise<readonly RuleName[]> {
  const waiting = [...names]
  const broken: RuleName[] = []
  const lane = async (): Promise<void> => {
    for (let name = waiting.shift(); name; name = waiting.shift()) {
      const started = performance.now()
      const problems = await problemsOf(name, release)
      say(`${problems.length === 0 ? '✓' : '✗'} ${name}${since(started)}`)
      for (const problem of problems) say(problem.replaceAll(/^/gm, '    '))
      if (problems.length > 0) broken.push(name)
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  return broken
}

/** A rule that cannot be checked counts as broken. */
async function problemsOf(name: RuleName, release: Release): Promise<readonly string[]> {
  try {
    return await rules[name](release)
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)]
  }
}

function since(started: number): string {
  return ` (${((performance.now() - started) / 1000).toFixed(1)} s)`
}
