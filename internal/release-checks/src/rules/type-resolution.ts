import { readFileSync } from 'node:fs'
import { checkPackage, createPackageFromTarballData, type Problem } from '@arethetypeswrong/core'
import type { PackedPackage, Rule } from '../release.ts'

/**
 * The packages are ES modules only. Resolvers that know no `exports`, and CommonJS that cannot
 * require an ES module, are not supported: Node.js can since 22.12, below our floor.
 */
const NOT_SUPPORTED: ReadonlySet<string> = new Set(['node10', 'node16-cjs'])

/** are-the-types-wrong, on the tarball. */
export const typeResolution: Rule = async ({ packages }) => {
  const results: string[] = []
  // One after the other: each holds a TypeScript program of its own in memory.
  for (const packed of packages) results.push(...(await problemsOf(packed)))
  return results
}

async function problemsOf({ name, tarball }: PackedPackage): Promise<readonly string[]> {
  const data = createPackageFromTarballData(new Uint8Array(readFileSync(tarball)))
  const result = await checkPackage(data)
  if (!result.types) return [`${name}: has no types.`]
  return result.problems.filter(concernsUsers).map((problem) => `${name}: ${wordsOf(problem)}`)
}

function concernsUsers(problem: Problem): boolean {
  return !('resolutionKind' in problem && NOT_SUPPORTED.has(problem.resolutionKind))
}

function wordsOf(problem: Problem): string {
  const entry = 'entrypoint' in problem ? ` of ${problem.entrypoint}` : ''
  const kind = 'resolutionKind' in problem ? ` under ${problem.resolutionKind}` : ''
  return `${problem.kind}${entry}${kind}.`
}
