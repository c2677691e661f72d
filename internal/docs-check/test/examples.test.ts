import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { frameworkSnippets } from '../../../packages/emulator/src/console/snippets.ts'
import { examplesIn, examplesOf, withoutExample } from '../src/examples.ts'

const root = join(import.meta.dirname, '../../..')
const packages = readdirSync(join(root, 'packages'))
const compiler = join(root, 'node_modules/@typescript/native/bin/tsc')
const strict = [
  ...['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess'],
  ...['--noPropertyAccessFromIndexSignature', '--skipLibCheck', '--ignoreConfig'],
  ...['--module', 'nodenext', '--target', 'es2024', '--lib', 'es2024'],
  ...['--pretty', 'false'],
  ...['--allowImportingTsExtensions', '--customConditions', '@authsec/source'],
  ...['--types', 'node', '--typeRoots', join(root, 'node_modules/@types')],
]

/** Where the programs of a package stand: inside its node_modules, so that its dependencies are found. */
const homeOf = (folder: string): string => `packages/${folder}/node_modules/.examples`
const WRONG = '/**\n * Adds.\n *\n * @example\n * ```ts\n * const a: string = 1\n * ```\n */'
const programs = [
  ...examplesIn(WRONG).map((code) => ({ path: `${homeOf('core')}/wrong.mts`, code })),
  ...packages.flatMap((folder) =>
    examplesOf(root, folder).map(({ code }, index) => ({
      path: `${homeOf(folder)}/example-${index + 1}.mts`,
      code,
    })),
  ),
  ...frameworkSnippets.map(({ folder, code }) => ({ path: `${homeOf(folder)}/snippet.mts`, code })),
]
let problems: readonly string[] = []

/** What the compiler says of all programs, as somebody would write them who depends on the package. One run reads the frameworks' types once. */
beforeAll(async () => {
  for (const folder of packages) mkdirSync(join(root, homeOf(folder)), { recursive: true })
  for (const { path, code } of programs) writeFileSync(join(root, path), code)
  const files = programs.map(({ path }) => path)
  const output = await promisify(execFile)(process.execPath, [compiler, ...strict, ...files], {
    cwd: root,
    maxBuffer: 16_777_216,
  }).then(
    () => '',
    (error: unknown) => String(Reflect.get(Object(error), 'stdout') || error),
  )
  problems = output.split(/\n(?! )/).filter((problem) => problem !== '')
}, 180_000)

afterAll(() => {
  for (const folder of packages)
    rmSync(join(root, homeOf(folder)), { recursive: true, force: true })
})

/** Those in files whose path begins so. A problem that has no file counts everywhere. */
function problemsBelow(...starts: readonly string[]): readonly string[] {
  return problems.filter(
    (problem) =>
      !/^[\w./@-]+\(\d/.test(problem) || starts.some((start) => problem.startsWith(start)),
  )
}

describe('the check of examples', () => {
  it('finds the code of an example, and what is wrong with it', () => {
    expect(examplesIn(WRONG)).toEqual(['const a: string = 1\n'])
    expect(problemsBelow(`${homeOf('core')}/wrong`)).toEqual([expect.stringContaining('TS2322')])
  })

  it('reports an exported function without an example, in the entry point and behind it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'examples-'))
    try {
      const source = join(folder, 'packages/made-up/src')
      mkdirSync(source, { recursive: true })
      const exports = { '.': { '@authsec/source': './src/index.ts' } }
      writeFileSync(join(source, '../package.json'), JSON.stringify({ exports }))
      const index = "export { shown, bare } from './parts.ts'\nexport function own() {}\n"
      writeFileSync(join(source, 'index.ts'), index)
      const example = '/**\n * Does it.\n *\n * @example\n * ```ts\n * shown()\n * ```\n */'
      const parts = `${example}\nexport function shown() {}\n/** Bare. */\nexport function bare() {}\n`
      writeFileSync(join(source, 'parts.ts'), parts)
      expect(withoutExample(folder, 'made-up')).toEqual([
        'packages/made-up/src/parts.ts: bare',
        'packages/made-up/src/index.ts: own',
      ])
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})

describe.each(packages)('@authsec/%s', (folder) => {
  it('has an example for every exported function', () => {
    expect(withoutExample(root, folder)).toEqual([])
  })

  it('has examples that compile', () => {
    const examples = examplesOf(root, folder)
    expect(examples.length).toBeGreaterThan(0)
    const names = examples.map(({ file }, index) => `example-${index + 1} is in ${file}`)
    const found = problemsBelow(`${homeOf(folder)}/example-`, `packages/${folder}/src/`)
    expect(found, names.join('\n')).toEqual([])
  })
})

describe('the console of the emulator', () => {
  it('shows code for frameworks that have a package', () => {
    const folders = frameworkSnippets.map(({ folder }) => folder)
    expect(packages).toEqual(expect.arrayContaining(folders))
    expect(folders).toHaveLength(5)
  })

  it.each(frameworkSnippets)('shows code for $name that compiles', ({ folder }) => {
    expect(problemsBelow(`${homeOf(folder)}/snippet`)).toEqual([])
  })
})
