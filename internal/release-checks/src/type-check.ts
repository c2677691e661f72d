import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { entryPoints, type PackedPackage } from './release.ts'
import { type RunResult, run } from './run.ts'

/** Errors in the declarations of the frameworks themselves, which users have without our packages, too. */
const FOREIGN_FAULTS: readonly { package: string; where: string; why: string }[] = [
  {
    package: 'llamaindex',
    where: 'node_modules/@llamaindex/core/',
    why: 'names the types of ajv, which it does not install',
  },
  {
    package: 'mastra',
    where: 'node_modules/@mastra/',
    why: 'imports without extensions, and bundled copies of AI SDK types that do not fit together',
  },
]

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
  // The types of Node.js come from the workspace: they are not checked.
  const types = ['--types', 'node', '--typeRoots', join(root, 'node_modules/@types')]
  const results: string[] = []
  for (const resolution of RESOLUTIONS) {
    const args = [compiler, ...`${strict} ${resolution}`.split(' '), ...types, ...files]
    const result = await run(process.execPath, args, { cwd: project })
    const problem = problemIn(result, packed.folder)
    if (problem) results.push(`tsc ${resolution}: ${problem}`)
  }
  return results
}

function problemIn({ code, stdout, stderr }: RunResult, folder: string): string | undefined {
  const errors = stdout.split('\n').filter((line) => / error TS\d+: /.test(line))
  if (code !== 0 && errors.length === 0) return `did not run:\n${stdout}${stderr}`
  const faults = FOREIGN_FAULTS.filter((fault) => fault.package === folder)
  const gone = faults.find(({ where }) => !errors.some((line) => line.startsWith(where)))
  if (gone) return `${gone.where} has no fault any more (${gone.why}); take it off the list.`
  const ours = errors.filter((line) => !faults.some(({ where }) => line.startsWith(where)))
  return ours.length > 0 ? `\n${ours.slice(0, 20).join('\n')}` : undefined
}
