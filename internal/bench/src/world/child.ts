import { type ChildProcess, fork } from 'node:child_process'

/** Another process, so that its work is not counted as this one's. */
export interface Child<Ready> extends AsyncDisposable {
  /** What it told when it was ready. */
  readonly ready: Ready
  /** CPU time that it has used so far, in microseconds. */
  cpuUs(): Promise<number>
}

/** How long a process may take to get ready or to answer, in milliseconds. */
const WAIT_MS = 120_000

/**
 * Starts a program of this folder that calls `serveParent`. Rejects when it ends before it is ready. `flags` are
 * further flags of Node.js.
 */
export async function startChild<Ready>(
  file: string,
  args: readonly string[] = [],
  flags: readonly string[] = [],
): Promise<Child<Ready>> {
  // It gets the flags of this process, so its packages come from source too.
  const execArgv = [...process.execArgv, ...flags]
  const child = fork(new URL(file, import.meta.url), args, { execArgv })
  const ready = (await nextMessage(child, file)) as Ready
  return {
    ready,
    async cpuUs() {
      const answer = nextMessage(child, file)
      child.send('cpu')
      return Number(await answer)
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill()
      await ended
    },
  }
}

function nextMessage(child: ChildProcess, file: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const fail = (how: string): void => {
      clearTimeout(timer)
      child.kill()
      reject(new Error(`The process ${file} ${how}. What it printed says why.`))
    }
    const onExit = (): void => fail('ended before it answered')
    const timer = setTimeout(() => fail('did not answer in time'), WAIT_MS)
    child.once('exit', onExit)
    child.once('message', (message) => {
      clearTimeout(timer)
      child.off('exit', onExit)
      resolve(message)
    })
  })
}

/** In such a program: tells that it is ready, then its CPU time whenever it is asked. */
export function serveParent(ready: object): void {
  process.on('message', () => {
    const { user, system } = process.cpuUsage()
    process.send?.(user + system)
  })
  // Without its parent it has nothing to do.
  process.on('disconnect', () => process.exit())
  process.send?.(ready)
}
