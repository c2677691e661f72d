import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Rule } from '../release.ts'

/** No lockfile names a host, so that every registry can serve it, and each has a checksum for each package. */
export const lockfile: Rule = async ({ root }) => {
  const others = globSync('{examples,internal}/*/pnpm-lock.yaml', { cwd: root })
  return ['pnpm-lock.yaml', ...others].flatMap((file) => problemsIn(root, file))
}

function problemsIn(root: string, file: string): string[] {
  const lines = readFileSync(join(root, file), 'utf8').split('\n')
  return lines.flatMap((line, index) =>
    problemsOf(line).map((problem) => `${file}:${index + 1}: ${problem}`),
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
