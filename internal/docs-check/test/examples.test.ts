import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
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

/** What the compiler says of the programs, as somebody would write them who depends on the package. */
async function compile(folder: string, programs: readonly string[]): Promise<string> {
  // Inside node_modules of the package, so that its dependencies are found.
  const home = join(root, 'packages', folder, 'node_modules/.examples')
  mkdirSync(home, { recursive: true })
  try {
    const files = programs.map((code, index) => {
      writeFileSync(join(home, `example-${index + 1}.mts`), code)
      return `example-${index + 1}.mts`
    })
    await promisify(execFile)(process.execPath, [compiler, ...strict, ...files], { cwd: home })
    return ''
  } catch (error) {
    return String(Reflect.get(Object(error), 'stdout') || error)
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}

describe('the check of examples', () => {
  it('finds the code of an example, and what is wrong with it', async () => {
    const comment = '/**\n * Adds.\n *\n * @example\n * ```ts\n * const a: string = 1\n * ```\n */'
    expect(examplesIn(comment)).toEqual(['const a: string = 1\n'])
    expect(await compile('core', examplesIn(comment))).toMatch(/TS2322/)
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

  it('has examples that compile', async () => {
    const examples = examplesOf(root, folder)
    expect(examples.length).toBeGreaterThan(0)
    const problems = await compile(
      folder,
      examples.map(({ code }) => code),
    )
    const names = examples.map(({ file }, index) => `example-${index + 1} is in ${file}`)
    expect(problems, names.join('\n')).toBe('')
  })
})

describe('the console of the emulator', () => {
  it('shows code for frameworks that have a package', () => {
    const folders = frameworkSnippets.map(({ folder }) => folder)
    expect(packages).toEqual(expect.arrayContaining(folders))
    expect(folders).toHaveLength(4)
  })

  it.each(frameworkSnippets)('shows code for $name that compiles', async ({ folder, code }) => {
    expect(await compile(folder, [code])).toBe('')
  })
})
