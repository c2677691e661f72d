import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { watch } from './leak-watch.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const flags = ['--conditions=@authsec/source', '--disable-warning=ExperimentalWarning']

/** What a program of this workspace printed, and its exit code. */
export interface ProgramRun {
  code: number | null
  stdout: string
  stderr: string
}

export interface RunningProgram {
  child: ChildProcessWithoutNullStreams
  /** Resolves when standard output or error holds the text. */
  saw(text: string): Promise<void>
  ended: Promise<ProgramRun>
  output: { stdout: string; stderr: string }
}

/** Starts a program from source, with the given environment and PATH only. */
export function startProgram(
  script: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): RunningProgram {
  const child = spawn(process.execPath, [...flags, `${root}${script}`, ...args], {
    cwd: root,
    env: { PATH: process.env['PATH'], ...env },
  })
  const output = { stdout: '', stderr: '' }
  const listeners = new Set<() => void>()
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      output[name] += chunk
      for (const listener of listeners) listener()
    })
  }
  const ended = new Promise<ProgramRun>((resolve) => {
    child.on('close', (code) => resolve({ code, ...output }))
  })
  const saw = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (`${output.stdout}${output.stderr}`.includes(text)) resolve()
      }
      listeners.add(look)
      look()
      void ended.then((run) =>
        reject(new Error(`The program ended without "${text}": ${run.stdout}${run.stderr}`)),
      )
    })
  return { child, saw, ended, output }
}

/** Runs a program to its end without input, and checks what it printed. */
export async function runProgram(
  script: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<ProgramRun> {
  const { child, ended } = startProgram(script, args, env)
  child.stdin.end()
  return checkedRun(await ended)
}

/** Checks that a program printed neither a secret nor a stack trace. */
export function checkedRun(run: ProgramRun): ProgramRun {
  watch('program output', run.stdout)
  watch('program log', run.stderr)
  expect(`${run.stdout}${run.stderr}`).not.toMatch(/\n\s+at .+[:(]/)
  return run
}
