import { type Io, processIo } from './output/io.ts'

/**
 * Runs the command line of `authsec` in this process. It never rejects, and never ends the process.
 *
 * @param args - The arguments after the name of the program, such as `['doctor', '--json']`.
 * @param io - Where the command reads from and writes to. Default: this process.
 * @returns The exit code: 0 fine, 1 a finding or a failure, 2 a mistake on the command line.
 *
 * @example
 * ```ts
 * import { runAuthSec } from '@authsec/cli'
 *
 * process.exitCode = await runAuthSec(['doctor', '--json'])
 * ```
 */
export async function runAuthSec(args: readonly string[], io: Io = processIo()): Promise<number> {
  const { runCommandLine } = await import('./run-command-line.ts')
  return runCommandLine(args, io)
}
