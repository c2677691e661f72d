import { globSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readManifest } from '../pack.ts'
import type { Rule } from '../release.ts'
import { run } from '../run.ts'

/** A text, and the folder whose dependencies its code may use. */
interface Page {
  readonly path: string
  readonly home: string
}

/** Every block of TypeScript and JavaScript in the documentation compiles. A later block of a page continues the ones before, unless it begins anew. */
export const documentedCode: Rule = async ({ root }) => {
  const results: string[] = []
  for (const [home, pages] of Map.groupBy(pagesOf(root), (page) => page.home)) {
    results.push(...(await compile(join(root, home), pages, root)))
  }
  return results
}

const SHARED = 'internal/docs-check'

/** What may be imported is what `internal/docs-check` depends on; a package that it does not know has its own. */
function pagesOf(root: string): readonly Page[] {
  const pages = globSync(['*.md', 'docs/**/*.md'], { cwd: root }).sort()
  const { dependencies = {} } = readManifest(join(root, SHARED))
  return [
    ...pages.map((path) => ({ path, home: SHARED })),
    ...readdirSync(join(root, 'packages')).map((folder) => {
      const { name } = readManifest(join(root, 'packages', folder))
      const home = name in dependencies ? SHARED : `packages/${folder}`
      return { path: `packages/${folder}/README.md`, home }
    }),
  ]
}

/** One program per folder: the frameworks' declarations are read once. */
async function compile(home: string, pages: readonly Page[], root: string): Promise<string[]> {
  // Inside node_modules, so that nothing else looks at it, and dependencies are found.
  const folder = join(home, 'node_modules/.documented')
  mkdirSync(folder, { recursive: true })
  try {
    const files = pages.flatMap(({ path }) => {
      const markdown = readFileSync(join(root, path), 'utf8')
      return programsIn(markdown).map(({ code, extension }, index) => {
        const file = `${path.replaceAll(/[/.]/g, '-')}-${index + 1}.${extension}`
        writeFileSync(join(folder, file), code)
        return file
      })
    })
    if (files.length === 0) return []
    const flags =
      '--noEmit --strict --skipLibCheck --allowJs --checkJs --module nodenext --target es2024 --pretty false'
    const types = ['--types', 'node', '--typeRoots', join(root, 'node_modules/@types')]
    const tsc = join(root, 'node_modules/@typescript/native/bin/tsc')
    const args = [tsc, ...flags.split(' '), '--ignoreConfig', ...types, ...files]
    const { code, stdout, stderr } = await run(process.execPath, args, { cwd: folder })
    return code === 0 ? [] : problemsIn(stdout || stderr)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Syntax, and names, modules, options and arguments that do not exist. */
const FOR_JAVASCRIPT = /error TS(1\d{3}|2304|2305|2307|2345|2353|2551|2552|2554|2561|2724):/

/** JavaScript cannot narrow what is unknown or optional, so of its types only what fails at run time counts. */
function problemsIn(output: string): string[] {
  const lines = output.trimEnd().split('\n')
  const wrong = lines.filter((line) => !/\.mjs\(\d/.test(line) || FOR_JAVASCRIPT.test(line))
  return wrong.some((line) => /error TS/.test(line) || !/^ /.test(line)) ? [wrong.join('\n')] : []
}

interface Program {
  readonly code: string
  readonly extension: 'mts' | 'mjs'
}

/**
 * A block of TypeScript that creates a client or a verifier, or imports the same again, begins a program. The others
 * of the page continue it. A block of JavaScript is a program of its own.
 */
function programsIn(markdown: string): Program[] {
  const programs: Program[] = []
  for (const [, language, code = ''] of markdown.matchAll(/^```(ts|js)\n([\s\S]*?)^```$/gm)) {
    const extension = language === 'js' ? 'mjs' : 'mts'
    const current = programs.at(-1)
    const isNew = extension === 'mjs' || /^const (client|verifier) = /m.test(code)
    const continues =
      current?.extension === extension && !isNew && !importsAgain(code, current.code)
    if (continues) programs.splice(-1, 1, { code: current.code + code, extension })
    else programs.push({ code, extension })
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
