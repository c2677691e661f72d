import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface BlockResult {
  /** `undefined` when the time was over. */
  readonly code: number | undefined
  /** Standard output and standard error in one, as a terminal shows them. */
  readonly output: string
}

export interface SessionOptions {
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  /** A folder for the blocks, apart from what the reader sees. */
  readonly scratch: string
}

/** A shell in which blocks are pasted one after the other: variables, the folder and background jobs stay. */
export class ShellSession {
  readonly #shell: ChildProcess
  readonly #scratch: string
  readonly #ended: Promise<unknown>
  #text = ''
  #exitCode: number | undefined
  #notify = (): void => {}

  constructor({ cwd, env, scratch }: SessionOptions) {
    this.#scratch = scratch
    // A process group of its own, so that what runs in the background ends with it.
    const shell = spawn('sh', ['-c', 'exec 2>&1\nexec sh'], {
      cwd,
      env,
      detached: true,
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    this.#shell = shell
    shell.stdin.on('error', () => {})
    shell.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#text += text
      this.#notify()
    })
    this.#ended = new Promise((resolve) => {
      shell.once('exit', (code) => {
        this.#exitCode = code ?? 1
        this.#notify()
        resolve(undefined)
      })
    })
  }

  /** Pastes a block, and waits until the prompt is back. With `strict` the first command that fails ends the session. */
  async run(commands: string, timeoutMs: number, strict: boolean): Promise<BlockResult> {
    const mark = `end-of-block-${randomUUID()}`
    const file = join(this.#scratch, `${mark}.sh`)
    writeFileSync(file, commands)
    this.#text = ''
    this.#shell.stdin?.write(
      `set ${strict ? '-e' : '+e'}\n. '${file}' </dev/null\nprintf '\\n${mark} %s\\n' "$?"\n`,
    )
    const end = new RegExp(`\\n?${mark} (\\d+)\\n`)
    const code = await this.#until(() => {
      const status = end.exec(this.#text)?.[1]
      return status === undefined ? this.#exitCode : Number(status)
    }, timeoutMs)
    return { code, output: this.#text.replace(end, '') }
  }

  /** Ends the shell and what it left running. */
  async close(): Promise<void> {
    const { pid } = this.#shell
    if (pid === undefined) return
    signalGroup(pid, 'SIGTERM')
    await Promise.race([this.#ended, new Promise((resolve) => setTimeout(resolve, 2_000).unref())])
    signalGroup(pid, 'SIGKILL')
  }

  /** What `look` finds, looked for after each output; `undefined` when the time is over. */
  #until(look: () => number | undefined, timeoutMs: number): Promise<number | undefined> {
    return new Promise((resolve) => {
      const finish = (found: number | undefined): void => {
        clearTimeout(timer)
        this.#notify = () => {}
        resolve(found)
      }
      const timer = setTimeout(() => finish(undefined), timeoutMs)
      this.#notify = () => {
        const found = look()
        if (found !== undefined) finish(found)
      }
      this.#notify()
    })
  }
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal)
  } catch {
    // All of it has ended.
  }
}
