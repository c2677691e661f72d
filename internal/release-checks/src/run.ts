import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'

const STOPPED = 124

export interface RunResult {
  /** 0 when all went well; 124 when it was stopped for taking too long. */
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  cwd: string
  env?: NodeJS.ProcessEnv | undefined
  /** In milliseconds. Default: 300 000. */
  timeoutMs?: number | undefined
}

/** Runs a program to its end, or stops it; a failure is a result, not an exception. */
export function run(
  file: string,
  args: readonly string[],
  { cwd, env = process.env, timeoutMs = 300_000 }: RunOptions,
): Promise<RunResult> {
  return new Promise((resolve) => {
    const options = { cwd, env, timeout: timeoutMs, maxBuffer: 64 * 1024 * 1024 }
    execFile(file, args, options, (error, stdout, stderr) => {
      resolve({ code: exitCode(error), stdout, stderr: stderr || (error?.message ?? '') })
    })
  })
}

function exitCode(error: (Error & { code?: unknown; killed?: boolean }) | null): number {
  if (!error) return 0
  if (error.killed) return STOPPED
  return typeof error.code === 'number' ? error.code : 1
}

/** As `run`, but a failure throws with the program's last output. */
export async function runOrThrow(
  file: string,
  args: readonly string[],
  options: RunOptions,
): Promise<string> {
  const { code, stdout, stderr } = await run(file, args, options)
  if (code === 0) return stdout
  const how = code === STOPPED ? 'took too long' : `ended with ${code}`
  throw new Error(`${[file, ...args].join(' ')} ${how}:\n${tail(stdout + stderr)}`)
}

/** Runs a program whose output the user sees. Throws when it fails. */
export async function runAloud(file: string, args: readonly string[], cwd: string): Promise<void> {
  const [code] = await once(spawn(file, args, { cwd, stdio: 'inherit' }), 'close')
  if (code !== 0) throw new Error(`${[file, ...args].join(' ')} ended with ${code}.`)
}

/** The last lines of an output, which mostly say why the program failed. */
export function tail(text: string, lines = 25): string {
  return text.trimEnd().split('\n').slice(-lines).join('\n')
}
