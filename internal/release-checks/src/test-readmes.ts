/**
 * `pnpm test:readmes [package or page…]`: packs the built packages and does, in an empty folder for each, what
 * its README says: installs with npm, copies the code, runs it, and compares what is printed. A word that begins
 * with `docs` is a page of the documentation or a folder of pages: `pnpm test:site` follows all of them.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root, runCommand, say } from './command-line.ts'
import { packAll } from './pack.ts'
import { type Followable, followables } from './readmes/followables.ts'
import { type Row, table } from './readmes/report.ts'
import { startScopeRegistry } from './readmes/scope-registry.ts'
import { runOrThrow } from './run.ts'

await runCommand(async () => {
  const scratch = mkdtempSync(join(tmpdir(), 'authsec-readmes-'))
  try {
    await runOrThrow('pnpm', ['exec', 'turbo', 'run', 'build'], { cwd: root })
    const packages = await packAll(root, scratch)
    const registry = await startScopeRegistry(packages)
    try {
      const surroundings = { root, scratch, packages, registry: registry.url }
      report(await followAll(followables(process.argv.slice(2), surroundings)))
    } finally {
      await registry.close()
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
})

/** One after the other: each is timed, and ports and processors are theirs alone. */
async function followAll(wanted: readonly Followable[]): Promise<readonly Row[]> {
  const rows: Row[] = []
  for (const { name, commands, skipped, follow } of wanted) {
    const startedAt = performance.now()
    const problems = await follow()
    const seconds = (performance.now() - startedAt) / 1000
    say(`${problems.length === 0 ? '✓' : '✗'} ${name}`)
    for (const problem of problems) say(problem.replaceAll(/^/gm, '    '))
    rows.push({ name, commands, skipped, seconds, problems: problems.length })
  }
  return rows
}

function report(rows: readonly Row[]): void {
  say(table(rows))
  const failed = rows.filter(({ problems }) => problems > 0).map(({ name }) => name)
  if (failed.length > 0) throw new Error(`Wrong: ${failed.join(', ')}.`)
  say('Everything works as it stands.')
}
