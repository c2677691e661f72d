import type { Rule } from '../release.ts'
import { run, tail } from '../run.ts'

/** A tool whose exit code tells whether the rule holds. */
export function command(file: string, ...args: readonly string[]): Rule {
  return async ({ root }) => {
    const { code, stdout, stderr } = await run(file, args, { cwd: root })
    return code === 0 ? [] : [`${[file, ...args].join(' ')}:\n${tail(stdout + stderr)}`]
  }
}
