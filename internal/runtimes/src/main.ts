/**
 * `pnpm test:runtimes [word…] [--write]`: packs the packages, and runs one program with them on each runtime and bundler.
 * Prints a table. Exits with 1 when a cell is not what `docs/runtimes.md` says; `--write` writes what it found there.
 * Words select the runtimes whose titles have one of them. With `RUNTIMES=required` nothing may be skipped.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { root, runCommand, say } from '../../release-checks/src/command-line.ts'
import { home } from './home.ts'
import { MissingError } from './missing-error.ts'
import { differences, withTable } from './page.ts'
import { stopAll } from './processes.ts'
import { createProject } from './project.ts'
import { rowOfRuntime } from './rows.ts'
import { runtimes } from './runtimes.ts'
import { type Row, remarks, rowOf, toMarkdown } from './table.ts'
import { installTools } from './tools.ts'

const PAGE = join(root, 'docs/runtimes.md')

/** What is made for this run. */
const folders: string[] = []

function cleanUp(): void {
  stopAll()
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    cleanUp()
    process.exit(1)
  })
}

await runCommand(async () => {
  const { values, positionals: words } = parseArgs({
    allowPositionals: true,
    options: { write: { type: 'boolean', default: false } },
  })
  const chosen = runtimes.filter(
    ({ title }) => words.length === 0 || words.some((word) => matches(title, word)),
  )
  if (chosen.length === 0) throw new Error('No runtime has one of these words in its title.')
  const rows = await rowsOf(chosen)
  say(`\n${toMarkdown(rows)}\n\n${remarks(rows).join('\n')}`)
  conclude(rows, values.write && words.length === 0)
})
// A bundler that was given up would keep the process.
process.exit()

function matches(title: string, word: string): boolean {
  return title.toLowerCase().includes(word.toLowerCase())
}

async function rowsOf(chosen: typeof runtimes): Promise<readonly Row[]> {
  await installTools()
  mkdirSync(join(home, '.scratch'), { recursive: true })
  const project = mkdtempSync(join(home, '.scratch/project-'))
  folders.push(project, `${project}-bundles`)
  const rows: Row[] = []
  try {
    await createProject(project)
    for (const runtime of chosen) {
      const startedAt = performance.now()
      rows.push(await rowOfRuntime(runtime, project))
      say(`${runtime.title}: ${Math.round(performance.now() - startedAt)} ms`)
    }
    return rows
  } catch (error) {
    if (!(error instanceof MissingError)) throw error
    return chosen.map(({ title }) => rowOf(title, { result: 'skipped', reason: error.message }))
  } finally {
    cleanUp()
  }
}

/** Throws when a result is not what the page says, or something that is required was skipped. */
function conclude(rows: readonly Row[], write: boolean): void {
  const page = readFileSync(PAGE, 'utf8')
  const cells = rows.flatMap((row) => Object.values(row.cells))
  if (cells.some(({ result }) => result === 'failed')) throw new Error('A cell failed.')
  const isSkipped = cells.some(({ result }) => result === 'skipped')
  if (isSkipped && process.env['RUNTIMES'] === 'required') throw new Error('A cell was skipped.')
  if (write && isSkipped) throw new Error('The page is not written, because a cell was skipped.')
  if (write) writeFileSync(PAGE, withTable(page, rows))
  const problems = write ? [] : differences(page, rows, runtimes)
  if (problems.length > 0) throw new Error(problems.join('\n'))
  say('All cells are as docs/runtimes.md says.')
}
