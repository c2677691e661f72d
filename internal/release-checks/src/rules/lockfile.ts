import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Rule } from '../release.ts'

/** The lockfile names no host, so that every registry can serve it, and has a checksum for each package. */
export const lockfile: Rule = async ({ root }) => {
  const lines = readFileSync(join(root, 'pnpm-lock.yaml'), 'utf8').split('\n')
  return lines.flatMap((line, index) =>
    problemsOf(line).map((problem) => `pnpm-lock.yaml:${index + 1}: ${problem}`),
  )
}

function problemsOf(line: string): string[] {
  const namesHost = /https?:\/\/|git\+|\btarball:/.test(line)
  const unproven = line.includes('resolution:') && !line.includes('integrity: sha512-')
  return [
    ...(namesHost ? ['names a host or a tarball; install from the default registry.'] : []),
    ...(unproven ? ['is resolved without a sha512 integrity.'] : []),
  ]
}
