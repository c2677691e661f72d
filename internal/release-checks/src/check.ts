/**
 * `pnpm check [rule…] [--update]`: builds and packs the packages, and holds them against every rule
 * of a release, or the named ones. Exit code 1 when a rule is broken.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { packAll } from './pack.ts'
import type { Release } from './release.ts'
import { isRuleName, type RuleName, ruleNames, rules } from './rules.ts'
import { runOrThrow } from './run.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))

/** As many rules at a time as the smallest machine that runs them has cores. */
const LANES = 2

try {
  const { names, update } = readCommandLine(process.argv.slice(2))
  process.exitCode = (await check(names, update)) ? 0 : 1
} catch (error) {
  say(error instanceof Error ? error.message : String(error))
  process.exitCode = 2
}

async function check(names: readonly RuleName[], update: boolean): Promise<boolean> {
  const scratch = mkdtempSync(join(tmpdir(), 'authsec-release-'))
  try {
    const started = performance.now()
    await runOrThrow('pnpm', ['exec', 'turbo', 'run', 'build'], { cwd: root })
    const packages = await packAll(root, scratch)
    say(`Built and packed ${packages.length} packages${since(started)}.`)
    const broken = await holdAll(names, { root, scratch, packages, update })
    const all = `${names.length} rules`
    say(broken.length === 0 ? `All ${all} hold.` : `Broken: ${broken.join(', ')} (of ${all}).`)
    return broken.length === 0
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

/** Returns the names of the rules that are broken, each told with its problems as soon as it is known. */
async function holdAll(names: readonly RuleName[], release: Release): Promise<RuleName[]> {
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

/** A rule that cannot be examined is broken, too. */
async function problemsOf(name: RuleName, release: Release): Promise<readonly string[]> {
  try {
    return await rules[name](release)
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)]
  }
}

function readCommandLine(args: string[]): { names: readonly RuleName[]; update: boolean } {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { update: { type: 'boolean', default: false } },
  })
  const unknown = positionals.find((name) => !isRuleName(name))
  if (unknown !== undefined) {
    throw new Error(`There is no rule ${unknown}. The rules are ${ruleNames.join(', ')}.`)
  }
  const named = positionals.filter(isRuleName)
  return { names: named.length > 0 ? named : ruleNames, update: values.update }
}

function since(started: number): string {
  return ` (${((performance.now() - started) / 1000).toFixed(1)} s)`
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
