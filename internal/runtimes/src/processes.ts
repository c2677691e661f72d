import { type ChildProcess, spawn } from 'node:child_process'

/** Process groups that were started and have not ended. */
const running = new Set<ChildProcess>()

export interface Ended {
  /** `null` when it was stopped for taking too long. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface ProcessOptions {
  readonly cwd: string
  readonly env?: NodeJS.ProcessEnv
  readonly timeoutMs: number
}

/** Runs a program to its end, or ends it and all that it started. */
export async function runProcess(
  file: string,
  args: readonly string[],
  { timeoutMs, ...options }: ProcessOptions,
): Promise<Ended> {
  const { child, output } = start(file, args, options)
  const timer = setTimeout(() => stop(child), timeoutMs)
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', resolve)
    })
    return { code, ...output }
  } finally {
    clearTimeout(timer)
    stop(child)
  }
}

export interface RunningServer {
  /** What it printed up to now. */
  output(): string
  stop(): void
}

/** Starts a server, and waits until it answers at the URL. */
export async function startServer(
  file: string,
  args: readonly string[],
  { timeoutMs, url, ...options }: ProcessOptions & { readonly url: string },
): Promise<RunningServer> {
  const { child, output } = start(file, args, options)
  child.once('error', () => undefined)
  const endsAt = performance.now() + timeoutMs
  const printed = (): string => output.stdout + output.stderr
  while (!(await answers(url))) {
    if (child.exitCode !== null || performance.now() > endsAt) {
      stop(child)
      throw new Error(`${file} did not serve ${url}:\n${printed()}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return { output: printed, stop: () => stop(child) }
}

async function answers(url: string): Promise<boolean> {
  try {
    await fetch(url, { signal: AbortSignal.timeout(5_000) })
    return true
  } catch {
    return false
  }
}

/** Ends everything that is still running. */
export function stopAll(): void {
  for (const child of running) stop(child)
}

function start(
  file: string,
  args: readonly string[],
  options: Omit<ProcessOptions, 'timeoutMs'>,
): { child: ChildProcess; output: { stdout: string; stderr: string } } {
  // A group of its own: package managers and Next start further processes.
  const child = spawn(file, args, { ...options, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  running.add(child)
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      output[name] += text
    })
  }
  return { child, output }
}

function stop(child: ChildProcess): void {
  running.delete(child)
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // Nothing of the group is left.
  }
}
