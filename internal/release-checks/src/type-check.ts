import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { entryPoints, type PackedPackage } from './release.ts'
import { run } from './run.ts'

/**
 * Frameworks whose own declarations do not compile, by our package, and what is wrong with them.
 * Errors in these packages are theirs; everywhere else an error is a problem.
 */
const FOREIGN_FAULTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {}

/** The two ways in which TypeScript finds packages today. */
const RESOLUTIONS = ['--module nodenext', '--module preserve --moduleResolution bundler']

/** Type-checks all entry points where they are installed, libraries included. */
export async function typeProblems(
  packed: PackedPackage,
  project: string,
  root: string,
): Promise<readonly string[]> {
  const imports = entryPoints(packed.manifest).map(
    ({ specifier }, index) => `import * as entry${index} from '${specifier}'\nvoid entry${index}\n`,
  )
  const files = ['types.mts', 'types.cts']
  for (const file of files) writeFileSync(join(project, file), imports.join(''))
  const compiler = join(root, 'node_modules/@typescript/native/bin/tsc')
  const strict = '--noEmit --strict --skipLibCheck false --target es2023 --pretty false'
  // Node's own types come from the workspace: they are no part of what is checked.
  const types = ['--types', 'node', '--typeRoots', join(root, 'node_modules/@types')]
  const results: string[] = []
  for (const resolution of RESOLUTIONS) {
    const args = [compiler, ...`${strict} ${resolution}`.split(' '), ...types, ...files]
    const { code, stdout, stderr } = await run(process.execPath, args, { cwd: project })
    if (code === 0) continue
    const errors = stdout.split('\n').filter((line) => / error TS\d+: /.test(line))
    const ours = errors.filter((line) => !isForeign(line, packed.folder))
    if (errors.length === 0) results.push(`tsc ${resolution} did not run:\n${stdout}${stderr}`)
    if (ours.length > 0) results.push(`tsc ${resolution}:\n${ours.slice(0, 20).join('\n')}`)
  }
  return results
}

function isForeign(line: string, folder: string): boolean {
  const faulty = Object.keys(FOREIGN_FAULTS[folder] ?? {})
  return faulty.some((name) => line.includes(`node_modules/${name}/`))
}
