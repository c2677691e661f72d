import { describe, expect, it } from 'vitest'
import { changelogPage } from '../src/pages/changelog.ts'
import { describePage } from '../src/pages/describe-page.ts'
import { llmsFullText, llmsText } from '../src/pages/llms.ts'
import { sidebar } from '../src/pages/sidebar.ts'
import { readSettings } from '../src/settings.ts'

const pages: Readonly<Record<string, string>> = {
  'a.md':
    '---\neditUrl: x\n---\n\n# The `a` page\n\nSays [this](b.md) and **that**,\nplainly.\n\nMore.\n',
  'packages/core.md':
    '# @authsec/core\n\n```ts\nconst a = 1\n```\n\n![Picture](x.png)\n\n| a | b |\n',
}
const read = (path: string): string => pages[path] ?? ''
const sections = [
  { title: 'Start', pages: ['a.md'] },
  { title: 'Reference', pages: ['packages/core.md'] },
]
const options = { sections, read, address: '/docs/', title: 'Site', description: 'What it is.' }

describe('the texts for language models', () => {
  it('list each page with its title and first paragraph, by section', () => {
    expect(llmsText(options)).toBe(
      [
        '# Site\n\n> What it is.\n',
        '## Start\n\n- [The a page](/docs/a.md): Says this and that, plainly.\n',
        '## Reference\n\n- [@authsec/core](/docs/packages/core.md)\n',
      ].join('\n'),
    )
  })

  it('hold the whole text of each page after its address, without frontmatter', () => {
    const text = llmsFullText(options)
    expect(text).toMatch(/^<!-- \/docs\/a\.md -->\n\n# The `a` page\n/)
    expect(text).toContain('<!-- /docs/packages/core.md -->\n\n# @authsec/core\n')
    expect(text).not.toContain('editUrl')
  })
})

describe('a page', () => {
  it('has its title at the side, and a README says that it is one', () => {
    expect(sidebar(sections, read)).toEqual([
      { text: 'Start', items: [{ text: 'The a page', link: '/a' }] },
      { text: 'Reference', items: [{ text: '@authsec/core README', link: '/packages/core' }] },
    ])
  })

  it.each([
    ['api/core.md', ''],
    ['decisions/001.md', 'Because of that.'],
  ])('%s without text before its headings is described by %j', (path, summary) => {
    const page = describePage(path, '# Title\n\n## Why\n\nBecause of that.\n')
    expect(page).toEqual({ title: 'Title', summary })
  })

  it('without a title is an error that names it', () => {
    expect(() => describePage('a.md', 'No heading')).toThrow(
      'a.md has no title: begin it with "# ".',
    )
  })
})

describe('the changelog', () => {
  it('links to that of each package', () => {
    const sources = [{ file: 'packages/core/CHANGELOG.md', path: 'changelog/core.md' }]
    expect(changelogPage(sources, 'https://x')).toContain('- [@authsec/core](./changelog/core.md)')
  })

  it('says that there is no release yet', () => {
    expect(changelogPage([], 'https://x')).toContain('https://x/tree/main/.changeset')
  })
})

describe('the settings', () => {
  it.each([
    [[], { command: 'build', base: '/', url: undefined, draft: false }],
    [['dev', '--base', 'agents'], { command: 'dev', base: '/agents/' }],
    [['--base=/a/b/', '--draft'], { base: '/a/b/', draft: true }],
    [['--url', 'https://docs.example.com/x'], { url: 'https://docs.example.com' }],
  ])('of %j are read', (args, expected) => {
    expect(readSettings(args)).toMatchObject(expected)
  })

  it.each([[['deploy']], [['dev', 'build']], [['--url', 'docs']], [['--port', '1']]])(
    'of %j are refused',
    (args) => {
      expect(() => readSettings(args)).toThrow(/Use:|--url must|Unknown option/)
    },
  )
})
