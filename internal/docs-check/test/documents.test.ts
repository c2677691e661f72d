import { existsSync, globSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'
import { anchors, headings, relativeLinks } from '../src/markdown.ts'
import { citations, oldWords, sectionNumbers } from '../src/wording.ts'

const root = join(import.meta.dirname, '../../..')
const read = (file: string): string => readFileSync(join(root, file), 'utf8')
const committed = (...patterns: string[]): string[] =>
  globSync(patterns, { cwd: root, exclude: (path) => /node_modules|dist|\.turbo/.test(path) })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => !/CHANGELOG\.md$/.test(file))
    .sort()

const documents = committed(
  '*.md',
  '{docs,packages,apps,examples,internal,.github,.changeset}/**/*.md',
)
const sources = committed('{packages,internal,apps,examples,scripts}/**/*.ts')

/** They name the old words: to map them, or to forbid them. */
const NAMES_OLD_WORDS =
  /options\.test\.ts$|tool-option-cases\.ts$|from-python\.md$|\.changeset\/|docs-check\/(src\/wording|test\/documents)/

describe('the checks themselves', () => {
  it('find a citation, a broken anchor and an old word in a made-up text', () => {
    expect(citations('As contract 1.3 and (contract 9) say.')).toEqual(['1.3', '9'])
    expect(citations('(contract 3.2, 3.3 and 3.8)')).toEqual(['3.2', '3.3', '3.8'])
    expect(citations('the contract\n * 2.1, 401)')).toEqual(['2.1'])
    expect([...sectionNumbers(['1.3 Errors', 'Words'])]).toContain('1.3')
    const markdown = '# A `b` c\n\n[x](other.md#y) [z](#a-b-c) [w](https://example.com)'
    expect([...anchors(markdown)]).toEqual(['a-b-c'])
    expect(relativeLinks(markdown)).toEqual([
      { path: 'other.md', anchor: 'y' },
      { path: '', anchor: 'a-b-c' },
    ])
    expect(oldWords('const isWeather = 1 // bad weather')).toEqual(['isWeather', 'bad weather'])
  })

  it('look at every package', () => {
    expect(documents.length).toBeGreaterThan(20)
    expect(sources.length).toBeGreaterThan(300)
  })
})

describe('the wire contract', () => {
  const sections = sectionNumbers(headings(read('docs/wire-contract.md')))

  it('has every section that a comment, a test or a document cites', () => {
    const missing = [...documents, ...sources]
      .filter((file) => !file.endsWith('documents.test.ts'))
      .flatMap((file) =>
        citations(read(file))
          .filter((section) => !sections.has(section))
          .map((section) => `${file} cites contract ${section}`),
      )
    expect(missing).toEqual([])
  })
})

describe('a relative link', () => {
  it.each(documents)('in %s leads to a file and a heading', (file) => {
    const broken = relativeLinks(read(file)).filter(({ path, anchor }) => {
      const target = path === '' ? file : join(dirname(file), path)
      if (relative(root, join(root, target)).startsWith('..')) return true
      if (!existsSync(join(root, target))) return true
      if (anchor === undefined || statSync(join(root, target)).isDirectory()) return false
      return !anchors(read(target)).has(anchor)
    })
    expect(broken).toEqual([])
  })
})

describe('an old word', () => {
  it('is in no source, test or document', () => {
    const found = [...documents, ...sources]
      .filter((file) => !NAMES_OLD_WORDS.test(file))
      .flatMap((file) => oldWords(read(file)).map((word) => `${file}: ${word}`))
    expect(found).toEqual([])
  })
})

describe('a promise', () => {
  const promises = [
    ...(read('README.md')
      .split('## Promises')[1]
      ?.split(/^How to/m)[0]
      ?.split(/^(?=\d\. )/m) ?? []),
    ...(read('SECURITY.md').match(/^\| (?!Promise|---).+\|$/gm) ?? []),
  ].filter((text) => text.trim() !== '')

  it('stands in README and SECURITY', () => {
    expect(promises.length).toBeGreaterThan(20)
  })

  it.each(promises)('names the test that shows it: %s', (promise) => {
    const tests = relativeLinks(promise).filter(({ path }) => path.endsWith('.test.ts'))
    expect(tests).not.toEqual([])
    for (const { path } of tests) expect(existsSync(join(root, path))).toBe(true)
  })
})
