import { plainEnv } from '../../release-checks/src/npm-project.ts'
import { tail } from '../../release-checks/src/run.ts'
import { startWitness, type Witness } from './emulator.ts'
import { MissingError } from './missing-error.ts'
import { type Ended, runProcess } from './processes.ts'
import { type Place, type Report, STEPS } from './report.ts'
import { type Cell, cellsOf, type Row, rowOf } from './table.ts'

/** A runtime: runs the program in the project, and gives its report. */
export interface Runtime {
  readonly title: string
  run(project: string, place: Place): Promise<Report>
}

/** The program could not be loaded. `output` is what the runtime said. */
export class LoadError extends Error {}

/** More than any runtime needs: bundlers work in this process, and nothing else would end their work. */
const LONGEST_MS = 300_000

/** The row of one runtime, with an emulator of its own. */
export async function rowOfRuntime(
  { title, run }: Runtime,
  project: string,
  boundMs: number = LONGEST_MS,
): Promise<Row> {
  await using witness = await startWitness(project)
  try {
    const report = await within(boundMs, run(project, witness.place))
    return { title, cells: cellsOfReport(report, witness) }
  } catch (error) {
    return rowOf(title, cellOfError(error))
  }
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`It took longer than ${ms / 1_000} s.`)), ms)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

function cellsOfReport(given: Report, witness: Witness): Row['cells'] {
  const report = witness.confirm(given)
  return cellsOf((column) => {
    const step = column === 'import' ? { ok: true as const } : report[column]
    if (step.ok) return { result: 'ok' }
    if (step.isRefusal) return { result: 'refused', sentence: step.error }
    return { result: 'failed', error: step.error }
  })
}

function cellOfError(error: unknown): Cell {
  const text = error instanceof Error ? error.message : String(error)
  if (error instanceof MissingError) return { result: 'skipped', reason: text }
  const refusal = /^.*\bError: (A browser .+)$/m.exec(text)?.[1]
  if (error instanceof LoadError && refusal) return { result: 'refused', sentence: refusal }
  return { result: 'failed', error: shortened(text) }
}

/** A bundle is one long line, which an error quotes. */
function shortened(text: string): string {
  const lines = text
    .split('\n')
    .map((line) => (line.length > 300 ? `${line.slice(0, 300)} …` : line))
  return tail(lines.join('\n'), 12)
}

/** Runs a program that prints the report. */
export async function reportOf(
  file: string,
  args: readonly string[],
  {
    cwd,
    place,
    env = {},
    timeoutMs = 60_000,
  }: {
    readonly cwd: string
    readonly place: Place
    readonly env?: NodeJS.ProcessEnv
    readonly timeoutMs?: number
  },
): Promise<Report> {
  const environment = { ...plainEnv(), ...env, AUTHSEC_PLACE: JSON.stringify(place) }
  return parseReport(await runProcess(file, args, { cwd, env: environment, timeoutMs }))
}

function parseReport({ code, stdout, stderr }: Ended): Report {
  const line = /^AUTHSEC (.+)$/m.exec(stdout)?.[1]
  if (line === undefined) throw new LoadError(`It ended with ${code}:\n${stdout}${stderr}`)
  return asReport(JSON.parse(line))
}

export function asReport(value: unknown): Report {
  const missing = STEPS.find((step) => typeof Object(value)[step]?.ok !== 'boolean')
  if (missing !== undefined) throw new Error(`The program reported nothing about ${missing}.`)
  return value as Report
}
