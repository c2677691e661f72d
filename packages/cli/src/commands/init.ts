import { relative, resolve } from 'node:path'
import { ENV_EXAMPLE, type FrameworkName, templates } from '../init/templates.ts'
import { writeProject } from '../init/write-project.ts'
import type { Io } from '../output/io.ts'
import { json } from '../output/text.ts'
import { UsageError } from '../output/usage-error.ts'

export interface InitFlags {
  readonly framework?: FrameworkName | undefined
  readonly dir?: string | undefined
  readonly yes?: boolean | undefined
  readonly json?: boolean | undefined
}

const NAMES = Object.keys(templates) as FrameworkName[]

/** Writes an agent and `.env.example`. Returns 1, and writes nothing, when one of them exists. */
export async function init(flags: InitFlags, io: Io): Promise<number> {
  const framework = flags.framework ?? (await askFramework(flags, io))
  const { code, packages, withModel } = templates[framework]
  const directory = resolve(io.cwd, flags.dir ?? '.')
  const files = [
    { name: 'agent.mjs', text: code },
    { name: '.env.example', text: ENV_EXAMPLE },
  ]
  const problem = problemOf(directory, files)
  if (problem !== undefined) return fail(problem, flags, io)
  const install = `npm install ${packages.join(' ')}`
  const emulator = 'npm install --save-dev @authsec/emulator'
  const model = withModel.length === 0 ? undefined : `npm install ${withModel.join(' ')}`
  const where = relative(io.cwd, directory)
  const written = files.map(({ name }) => name)
  const run = 'node agent.mjs'
  if (flags.json) {
    io.out(json({ framework, directory: where || '.', written, install, emulator, model, run }))
    return 0
  }
  io.out(`Wrote ${written.join(' and ')}${where ? ` in ${where}` : ''}. Next:\n\n`)
  if (where) io.out(`  cd ${where}\n`)
  io.out(`  ${install}\n  ${emulator}   # for mock mode\n`)
  if (model !== undefined) io.out(`  ${model}   # with OPENAI_API_KEY\n`)
  io.out(`  ${run}\n`)
  return 0
}

function problemOf(
  directory: string,
  files: Parameters<typeof writeProject>[1],
): { readonly code: string; readonly message: string; readonly hint: string } | undefined {
  try {
    const taken = writeProject(directory, files)
    if (taken.length === 0) return undefined
    return {
      code: 'file_exists',
      message: `${taken.join(' and ')} ${taken.length === 1 ? 'exists' : 'exist'} already. Nothing was written.`,
      hint: 'Remove it, or choose another directory with --dir.',
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    return {
      code: 'not_written',
      message: `The directory cannot be written to (${code}).`,
      hint: 'Choose another directory with --dir.',
    }
  }
}

function fail(problem: NonNullable<ReturnType<typeof problemOf>>, flags: InitFlags, io: Io): 1 {
  if (flags.json) io.out(json({ error: problem }))
  else io.err(`authsec: ${problem.message} ${problem.hint}\n`)
  return 1
}

async function askFramework({ yes }: InitFlags, io: Io): Promise<FrameworkName> {
  if (yes) return 'none'
  if (!io.ask) throw new UsageError(`Name a framework: --framework ${NAMES.join('|')}, or --yes.`)
  const choices = NAMES.map(
    (name, index) => `  ${index + 1}  ${name.padEnd(13)}  ${templates[name].title}\n`,
  )
  const answer = (await io.ask(`${choices.join('')}Framework (number or name, default 1): `)).trim()
  const chosen =
    answer === '' ? NAMES[0] : (NAMES[Number(answer) - 1] ?? NAMES.find((name) => name === answer))
  if (chosen === undefined)
    throw new UsageError(`There is no such framework. Choose one of ${NAMES.join(', ')}.`)
  return chosen
}
