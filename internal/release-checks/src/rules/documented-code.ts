import {
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import type { Rule } from '../release.ts'
import { run } from '../run.ts'

/** A text, and the folder whose dependencies its code may use. */
interface Page {
  readonly path: string
  readonly home: string
}

/** Every block of TypeScript in the documentation compiles. A later block of a page continues the ones before, unless it begins anew. */
export const documentedCode: Rule = async ({ root }) => {
  const results: string[] = []
  for (const [home, pages] of Map.groupBy(pagesOf(root), (page) => page.home)) {
    results.push(...(await compile(join(root, home), pages, root)))
  }
  return results
}

function pagesOf(root: string): readonly Page[] {
  const shared = globSync('docs/**/*.md', { cwd: root }).map((file) => file.replaceAll('\\', '/'))
  return [
    { path: 'README.md', home: 'internal/docs-check' },
    ...shared.sort().map((path) => ({ path, home: homeOf(path, root) })),
    ...readdirSync(join(root, 'packages')).map((folder) => ({
      path: `packages/${folder}/README.md`,
      home: `packages/${folder}`,
    })),
  ]
}

/** A guide that is named like a package uses what that package depends on. */
function homeOf(path: string, root: string): string {
  const home = `packages/${basename(path, '.md')}`
  return existsSync(join(root, home)) ? home : 'internal/docs-check'
}

/** One program per folder: the frameworks' declarations are read once. */
async function compile(home: string, pages: readonly Page[], root: string): Promise<string[]> {
  // Inside node_modules, so that nothing else looks at it, and dependencies are found.
  const folder = join(home, 'node_modules/.documented')
  mkdirSync(folder, { recursive: true })
  try {
    const files = pages.flatMap(({ path }) =>
      programsIn(readFileSync(join(root, path), 'utf8')).map((code, index) => {
        const file = `${path.replaceAll(/[/.]/g, '-')}-${index + 1}.mts`
        writeFileSync(join(folder, file), code)
        return file
      }),
    )
    if (files.length === 0) return []
    const flags =
      '--noEmit --strict --skipLibCheck --module nodenext --target es2024 --pretty false'
    const types = ['--types', 'node', '--typeRoots', join(root, 'node_modules/@types')]
    const tsc = join(root, 'node_modules/@typescript/native/bin/tsc')
    const args = [tsc, ...flags.split(' '), '--ignoreConfig', ...types, ...files]
    const { code, stdout, stderr } = await run(process.execPath, args, { cwd: folder })
    return code === 0 ? [] : [(stdout || stderr).trimEnd()]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A block that creates a client or a verifier, or imports the same again, begins a program. The others of the page continue it. */
function programsIn(markdown: string): string[] {
  const programs: string[] = []
  for (const [, code = ''] of markdown.matchAll(/^```ts\n([\s\S]*?)^```$/gm)) {
    const current = programs.at(-1)
    const isNew = /^const (client|verifier) = /m.test(code)
    if (current === undefined || isNew || importsAgain(code, current)) programs.push(code)
    else programs[programs.length - 1] += code
  }
  return programs
}

/** Whether a block imports what the program before it has imported already: then it stands alone. */
function importsAgain(code: string, program: string): boolean {
  const before = new Set(importedNames(program))
  return importedNames(code).some((name) => before.has(name))
}

function importedNames(code: string): string[] {
  const clauses = [...code.matchAll(/^import ([^'"]+) from /gm)].map(([, clause = '']) => clause)
  return clauses.flatMap((clause) => clause.match(/[\w$]+/g) ?? [])
}
