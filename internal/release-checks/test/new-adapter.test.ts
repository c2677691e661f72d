import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runProgram } from '@authsec-internal/test-kit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createAdapter } from '../../../scripts/adapter-template.ts'
import { root } from '../src/command-line.ts'

const needed = [
  'templates/adapter',
  'README.md',
  '.github/ISSUE_TEMPLATE',
  'internal/tool-contract/package.json',
]

describe('createAdapter', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'authsec-adapter-'))
    for (const path of needed) cpSync(join(root, path), join(folder, path), { recursive: true })
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))
  const read = (path: string): string => readFileSync(join(folder, path), 'utf8')

  it('fills in every placeholder and adds the package to the lists', () => {
    const files = createAdapter(folder, 'two-words')
    expect(files).toContain('packages/two-words/src/secure-tool.ts')
    expect(files).toContain('.changeset/two-words.md')
    for (const file of files) expect(file + read(file)).not.toMatch(/__\w+__/)
    expect(read('internal/tool-contract/src/two-words-harness.ts')).toContain('twoWordsHarness')
    expect(read('internal/tool-contract/package.json')).toContain('"@authsec/two-words": "work')
    expect(read('README.md')).toContain('(packages/two-words) | The same tools for Two Words |')
    expect(read('.github/ISSUE_TEMPLATE/feature_request.yml')).toContain('        - two-words\n')
  })

  it.each(['', 'Acme', '1st', 'a_b', '-a', 'a-', 'a--b', '../x', 'a/b', 'a b'])(
    'refuses the name %j and writes nothing',
    (name) => {
      expect(() => createAdapter(folder, name)).toThrow(/lower-case letters, digits and single/)
      expect(() => read('packages')).toThrow(/ENOENT/)
    },
  )

  it('refuses a name that a package or an app has', () => {
    for (const taken of ['packages/acme', 'apps/acme-agent']) {
      mkdirSync(join(folder, taken), { recursive: true })
      expect(() => createAdapter(folder, 'acme')).toThrow(`The name acme is taken: ${taken}`)
      rmSync(join(folder, taken), { recursive: true })
    }
  })

  it('never overwrites a file', () => {
    createAdapter(folder, 'acme')
    const harness = read('internal/tool-contract/src/acme-harness.ts')
    for (const path of ['packages', 'apps']) rmSync(join(folder, path), { recursive: true })
    expect(() => createAdapter(folder, 'acme')).toThrow(/exists already\. Choose another name/)
    expect(read('internal/tool-contract/src/acme-harness.ts')).toBe(harness)
  })
})

it('pnpm new:adapter reports a mistake in one sentence', async () => {
  const { code, stdout, stderr } = await runProgram('scripts/new-adapter.ts', ['core'])
  expect([code, stdout]).toEqual([1, ''])
  expect(stderr).toBe('The name core is taken: packages/core exists. Choose another name.\n')
})
