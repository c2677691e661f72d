import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import type { PackedPackage } from '../release.ts'
import { tail } from '../run.ts'
import { missingPackages, readerEnv } from './follow-readme.ts'
import { isFollowed, type Page, type Step } from './page.ts'
import { installedIn, matches } from './readme.ts'
import { ShellSession } from './shell-session.ts'

export interface Reader {
  /** An empty folder. */
  readonly project: string
  /** Another one, for what the reader does not see. */
  readonly scratch: string
  /** Where the packages of `@authsec` are. */
  readonly registry: string
  readonly packages: readonly PackedPackage[]
  /** For all commands of the page together, in milliseconds. */
  readonly budgetMs: number
}

type Run = Extract<Step, { kind: 'run' }>

/** Does what a page says, word for word, in one shell in an empty folder, and returns one sentence for each problem. */
export async function followPage(page: Page, reader: Reader): Promise<readonly string[]> {
  if (!isFollowed(page)) return ['No command is followed by a block of its output.']
  const { project, scratch, packages, budgetMs } = reader
  const commands = page.steps.flatMap((step) => (step.kind === 'run' ? [step.commands] : []))
  const problems = missingPackages(installedIn(commands), page.imports, packages)
  for (const folder of [project, scratch]) mkdirSync(folder, { recursive: true })
  const session = new ShellSession({ cwd: project, env: envOf(reader), scratch })
  try {
    return [...problems, ...(await runSteps(page.steps, session, { project, budgetMs }))]
  } finally {
    await session.close()
  }
}

async function runSteps(
  steps: readonly Step[],
  session: ShellSession,
  { project, budgetMs }: Pick<Reader, 'project' | 'budgetMs'>,
): Promise<readonly string[]> {
  const problems: string[] = []
  const endsAt = performance.now() + budgetMs
  for (const step of steps) {
    if (step.kind === 'save') save(step.file, step.code, project)
    if (step.kind !== 'run') continue
    const { problem, isOver } = await runStep(step, session, endsAt - performance.now(), budgetMs)
    if (problem !== undefined) problems.push(problem)
    if (isOver) return [...problems, 'The page was not followed any further.']
  }
  return problems
}

interface StepResult {
  readonly problem?: string
  /** Whether what comes next cannot work. */
  readonly isOver?: boolean
}

async function runStep(
  { commands, output }: Run,
  session: ShellSession,
  timeoutMs: number,
  budgetMs: number,
): Promise<StepResult> {
  const what = `"${commands.trim()}"`
  const result = await session.run(commands, Math.max(1, timeoutMs), output === undefined)
  if (result.code === undefined) {
    const bound = `the page has used up its ${budgetMs / 1000} seconds`
    return { problem: `${what} has not ended, and ${bound}:\n${tail(result.output)}`, isOver: true }
  }
  if (output === undefined) {
    if (result.code === 0) return {}
    return { problem: `${what} ended with ${result.code}:\n${tail(result.output)}`, isOver: true }
  }
  // A command may fail where the page shows how: a call that is refused.
  if (matches(result.output, output)) return {}
  const shown = `and the page shows\n${output.trimEnd()}`
  return {
    problem: `${what} ended with ${result.code} and prints\n${result.output.trimEnd()}\n${shown}`,
  }
}

function save(file: string, code: string, project: string): void {
  const path = join(project, file)
  if (relative(project, path).startsWith('..')) throw new Error(`${file} is not in the project.`)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, code)
}

/** The folder is empty, so npm is told by the environment where our packages are. */
function envOf({ scratch, registry }: Reader): NodeJS.ProcessEnv {
  const settings = join(scratch, 'npmrc')
  writeFileSync(settings, `@authsec:registry=${registry}\n`)
  return { ...readerEnv(), npm_config_userconfig: settings }
}
