import { describe, expect, it } from 'vitest'
import { mendAnchors } from '../src/api/anchors.ts'
import { type Kind, type LinkTargets, type Rewritten, rewriteLinks } from '../src/pages/links.ts'

const repository = 'https://github.com/owner/name'
const kinds: Readonly<Record<string, Kind>> = {
  'docs/approvals.md': 'file',
  'docs/guides/mcp.md': 'file',
  'docs/decisions': 'folder',
  'docs/images/console.png': 'file',
  'packages/core': 'folder',
  'packages/core/README.md': 'file',
  'packages/core/src/index.ts': 'file',
  'packages/mcp/README.md': 'file',
  'apps/mcp-crew': 'folder',
}
const targets: LinkTargets = {
  repository,
  sources: [
    { file: 'README.md', path: 'index.md' },
    { file: 'docs/approvals.md', path: 'approvals.md' },
    { file: 'docs/guides/mcp.md', path: 'guides/mcp.md' },
    { file: 'packages/core/README.md', path: 'packages/core.md' },
    { file: 'packages/mcp/README.md', path: 'packages/mcp.md' },
  ],
  kind: (path) => kinds[path],
}

function rewritten(markdown: string, file: string): Rewritten {
  const source = targets.sources.find((each) => each.file === file)
  if (source === undefined) throw new Error(`${file} is no page.`)
  return rewriteLinks(markdown, source, targets)
}

describe('a link', () => {
  it.each([
    ['docs/guides/mcp.md', '../approvals.md#keys', '../approvals.md#keys'],
    ['docs/approvals.md', 'guides/mcp.md', './guides/mcp.md'],
    ['packages/mcp/README.md', '../../docs/approvals.md', '../approvals.md'],
    ['README.md', 'packages/core', './packages/core.md'],
    ['README.md', 'packages/core/', './packages/core.md'],
    ['docs/guides/mcp.md', `${repository}/blob/main/docs/approvals.md#a`, '../approvals.md#a'],
    ['docs/guides/mcp.md', `${repository}/tree/main/packages/core#readme`, '../packages/core.md'],
  ])('from %s to %s leads to the page %s', (file, link, expected) => {
    expect(rewritten(`See [\`it\`](${link}).`, file).text).toBe(`See [\`it\`](${expected}).`)
  })

  it.each([
    ['packages/mcp/README.md', '../../apps/mcp-crew', `${repository}/tree/main/apps/mcp-crew`],
    [
      'README.md',
      'packages/core/src/index.ts#L3',
      `${repository}/blob/main/packages/core/src/index.ts#L3`,
    ],
    ['README.md', 'docs/decisions/', `${repository}/tree/main/docs/decisions`],
  ])('from %s to %s, which is no page, leads to %s', (file, link, expected) => {
    expect(rewritten(`[it](${link})`, file)).toMatchObject({
      text: `[it](${expected})`,
      problems: [],
    })
  })

  it.each(['https://example.com/a', 'mailto:a@example.com', '#keys', `${repository}/issues/new`])(
    'to %s stays',
    (link) => {
      expect(rewritten(`[it](${link})`, 'README.md').text).toBe(`[it](${link})`)
    },
  )

  it.each([
    'docs/gone.md',
    '../outside.md',
    'packages/core/gone.ts',
    `${repository}/blob/main/gone`,
  ])('to %s, which does not exist, is a problem', (link) => {
    expect(rewritten(`[it](${link})`, 'README.md').problems).toEqual([
      `README.md links to ${link}, which does not exist.`,
    ])
  })

  it.each([
    '```md\n[it](packages/core)\n```\n',
    '- one\n  ```sh\n  [it](gone.md)\n  ```\n',
    '`[it](packages/core)`',
    '``a ` [it](gone.md)``',
  ])('inside code stays: %j', (markdown) => {
    expect(rewritten(markdown, 'README.md')).toEqual({ text: markdown, problems: [], pictures: [] })
  })

  it('as a reference, as HTML and around a picture is rewritten, too', () => {
    const markdown = [
      '[a]: packages/core',
      '<a class="x" href="docs/approvals.md">b</a>',
      '[![c](docs/images/console.png)](packages/core)',
    ].join('\n')
    const { text, pictures } = rewritten(markdown, 'README.md')
    expect(text).toBe(
      [
        '[a]: ./packages/core.md',
        '<a class="x" href="./approvals.md">b</a>',
        '[![c](./images/console.png)](./packages/core.md)',
      ].join('\n'),
    )
    expect(pictures).toEqual(['docs/images/console.png'])
  })
})

describe('an anchor of the API reference', () => {
  const page = '# core\n\n### Dispatcher\n\n### Dispatcher\n\n<a id="property-a"></a>\n'

  it.each([
    ['#dispatcher-2', '#dispatcher'],
    ['#dispatcher-1', '#dispatcher-1'],
    ['#property-a-1', '#property-a'],
    ['#gone-1', '#gone-1'],
  ])('%s is linked as %s, in its page and from another', (anchor, expected) => {
    const pages = new Map([
      ['core.md', `${page}[x](${anchor})`],
      ['core/tool.md', `[x](../core.md${anchor})`],
    ])
    expect([...mendAnchors(pages).values()]).toEqual([
      `${page}[x](${expected})`,
      `[x](../core.md${expected})`,
    ])
  })
})
