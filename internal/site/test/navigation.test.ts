import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { entryPoints } from '../src/api/entry-points.ts'
import { sections } from '../src/navigation.ts'
import { listPages } from '../src/pages/listed-pages.ts'
import { findSources } from '../src/pages/sources.ts'

const root = join(import.meta.dirname, '../../..')

describe('the navigation', () => {
  it('lists every page that the repository has, and each once', () => {
    const sources = findSources(root).map(({ path }) => path)
    const generated = [...entryPoints(root).map(({ path }) => path), 'changelog.md']
    expect(listPages(sections, [...sources, ...generated]).unlisted).toEqual([])
  })

  it('knows a page for every entry point of every package', () => {
    const points = entryPoints(root).map(({ specifier, path }) => `${specifier} ${path}`)
    expect(points).toContain('@authsec/core api/core.md')
    expect(points).toContain('@authsec/core/tool api/core/tool.md')
    expect(points).toContain('@authsec/langchain/middleware api/langchain/middleware.md')
    expect(points.length).toBeGreaterThan(14)
  })
})

describe('a navigation that is held against the pages', () => {
  const made = [
    { title: 'Start', pages: ['start.md'] },
    { title: 'More', pages: ['b.md', 'more/*.md', 'all/**/*.md'] },
  ]

  it('lists named pages in its order, and those of a pattern in the order of names', () => {
    const paths = [
      'more/2.md',
      'more/1.md',
      'b.md',
      'start.md',
      'index.md',
      'all/x/y.md',
      'all/z.md',
    ]
    const { sections: listed, missing, unlisted } = listPages(made, paths)
    expect(listed).toEqual([
      { title: 'Start', pages: ['start.md'] },
      { title: 'More', pages: ['b.md', 'more/1.md', 'more/2.md', 'all/x/y.md', 'all/z.md'] },
    ])
    expect([...missing, ...unlisted]).toEqual([])
  })

  it('names a listed page that is missing, and allows a pattern without pages', () => {
    expect(listPages(made, ['b.md']).missing).toEqual([
      'start.md is listed in navigation.ts, and there is no such page.',
    ])
  })

  it.each(['other.md', 'more/deep/1.md', 'start/x.md', 'decisions/b.md'])(
    'names the page %s that no section lists',
    (path) => {
      expect(listPages(made, ['start.md', 'b.md', path]).unlisted).toEqual([
        `${path} is a page, and no section of navigation.ts lists it.`,
      ])
    },
  )

  it('names a page that is listed twice, and lets a pattern leave a named page to its place', () => {
    const twice = [{ title: 'A', pages: ['a.md'] }, ...made, { title: 'Z', pages: ['a.md'] }]
    expect(listPages(twice, ['a.md', 'start.md', 'b.md']).unlisted).toEqual([
      'a.md is listed twice in navigation.ts.',
    ])
    const first = [{ title: 'A', pages: ['more/2.md'] }, ...made]
    const { sections: listed, unlisted } = listPages(first, ['more/1.md', 'more/2.md'])
    expect(listed.map(({ pages }) => pages)).toEqual([['more/2.md'], [], ['more/1.md']])
    expect(unlisted).toEqual([])
  })
})
