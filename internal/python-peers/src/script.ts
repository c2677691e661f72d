import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const folder = join(import.meta.dirname, '..')
const STEP_LIMIT_MS = 45_000

/** What a script reports at one step. */
type Report = Readonly<Record<string, unknown>>

/** A Python program that reports step by step, and waits after each one until the test goes on. */
export interface Script extends AsyncDisposable {
  /** Lets the script go on, and resolves with its next report. Rejects when it ends without one. */
  next(): Promise<Report>
}

/** Starts a program of `scripts/`. It gets these variables and no others, a proxy for example. */
export function startScript(
  python: string,
  name: string,
  env: Readonly<Record<string, string>>,
): Script {
  const child = spawn(python, ['-u', join(folder, 'scripts', name)], {
    env: { PATH: process.env['PATH'], ...baseEnv, ...env },
  })
  const reports = readReports(child)
  let isWaiting = false
  return {
    async next() {
      if (isWaiting) child.stdin.write('\n')
      isWaiting = true
      return reports()
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill()
      await once(child, 'close')
    },
  }
}

const baseEnv = {
  PYTHONPATH: `${join(folder, 'stand-ins')}${process.platform === 'win32' ? ';' : ':'}${join(folder, 'scripts')}`,
  PYTHONDONTWRITEBYTECODE: '1',
  PYTHONIOENCODING: 'utf-8',
  LANGSMITH_TRACING: 'false',
}

/** The lines that start with REPORT, one for each call. The packages print much else. */
function readReports(child: ChildProcessWithoutNullStreams): () => Promise<Report> {
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const read = async (): Promise<Report> => {
    for (;;) {
      const { value, done } = await lines.next()
      if (done) throw new Error(`The script ended without a report. ${errors.slice(-2_000)}`)
      if (value.startsWith('REPORT ')) return JSON.parse(value.slice('REPORT '.length)) as Report
    }
  }
  return () => withinLimit(read(), child)
}

/** A script that hangs is ended, which also ends the wait for its report. */
async function withinLimit<T>(work: Promise<T>, child: ChildProcessWithoutNullStreams): Promise<T> {
  const timer = setTimeout(() => child.kill(), STEP_LIMIT_MS)
  try {
    return await work
  } finally {
    clearTimeout(timer)
  }
}
