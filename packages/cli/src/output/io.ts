import type { Env } from '@authsec/core'

/** Where a command reads from and writes to. Tests give another one. */
export interface Io {
  out(text: string): void
  err(text: string): void
  /** Whether a person sees standard output. */
  readonly isTerminal: boolean
  /** Whether text on standard output may have colours: a terminal that can, and NO_COLOR is not set. */
  readonly hasColor: boolean
  readonly env: Env
  readonly cwd: string
  /** Asks the person at the terminal; `undefined` where there is none. */
  readonly ask: ((question: string) => Promise<string>) | undefined
}

/** That of this process. */
export function processIo(): Io {
  const { stdout, stderr, stdin, env } = process
  const isTerminal = stdout.isTTY === true
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    isTerminal,
    hasColor: isTerminal && !env['NO_COLOR'] && stdout.hasColors(),
    env,
    cwd: process.cwd(),
    ask: isTerminal && stdin.isTTY === true ? askAtTerminal : undefined,
  }
}

async function askAtTerminal(question: string): Promise<string> {
  const { createInterface } = await import('node:readline/promises')
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return await lines.question(question)
  } finally {
    lines.close()
  }
}
