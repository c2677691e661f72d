import { describe, expect, it } from 'vitest'
import { differences, withTable } from '../src/page.ts'
import { type Cell, COLUMNS, cellsOf, type Row, remarks, rowOf, toMarkdown } from '../src/table.ts'

const EMPTY = `# Runtimes

Before.

<!-- Written by \`pnpm test:runtimes --write\`. -->

<!-- The end of the table. -->

After.
`
const ok: Cell = { result: 'ok' }
const refused: Cell = { result: 'refused', sentence: 'There are no sockets.' }
const skipped: Cell = { result: 'skipped', reason: 'bun is not installed' }
const failed: Cell = { result: 'failed', error: 'boom' }

const rows: readonly Row[] = [
  rowOf('Node.js', ok),
  { title: 'Workers', cells: cellsOf((column) => (column === 'verify' ? refused : ok)) },
  rowOf('Browser', { ...refused, sentence: 'A browser holds no delegation.' }),
]
const page = withTable(EMPTY, rows)

describe('the table of runtimes', () => {
  it('has a result in each cell, and the sentence of each refusal below', () => {
    const markdown = toMarkdown(rows)
    expect(markdown).not.toMatch(/\| *\|/)
    expect(markdown).toContain('| Workers | ok | ok | ok | ok | refused |')
    expect(markdown).toContain('- Workers, verify: “There are no sockets.”')
    expect(markdown).toContain('- Browser, everything: “A browser holds no delegation.”')
  })

  it('is written between its marks, and leaves the text around as it is', () => {
    expect(page).toMatch(/Before\.[\s\S]*\| Node\.js \|[\s\S]*After\./)
    expect(withTable(page, rows)).toBe(page)
  })

  it('is refused on a page without marks', () => {
    expect(() => withTable('# Runtimes\n', rows)).toThrow('docs/runtimes.md must have')
  })
})

describe('a comparison of results with the page', () => {
  it('finds nothing where they are the same', () => {
    expect(differences(page, rows)).toEqual([])
  })

  it.each<[string, Row]>([
    ['fails', rowOf('Node.js', failed)],
    ['is refused', rowOf('Node.js', refused)],
    ['works although the page says that it is refused', rowOf('Browser', ok)],
  ])('names each cell that %s', (_, row) => {
    const found = differences(page, [row, ...rows.filter(({ title }) => title !== row.title)])
    expect(found.filter((line) => line.startsWith(`${row.title}, `))).toHaveLength(COLUMNS.length)
  })

  it('says nothing of cells that were skipped', () => {
    expect(differences(page, [rowOf('Node.js', skipped), ...rows.slice(1)])).toEqual([])
    expect(remarks([rowOf('Bun', skipped)])).toEqual([
      `Bun, ${COLUMNS.join(', ')}: skipped, bun is not installed`,
    ])
  })

  it('names a runtime that the page lacks', () => {
    expect(differences(page, [...rows, rowOf('Deno', ok)])).toEqual([
      'Deno is missing in the table.',
    ])
  })

  it('names a runtime of the page that is not tested, unless a part of them runs', () => {
    expect(differences(page, rows.slice(1))).toEqual(['Node.js is not a runtime that is tested.'])
    expect(differences(page, rows.slice(1), rows)).toEqual([])
  })

  it('names a refusal with another sentence', () => {
    const other = rowOf('Browser', { ...refused, sentence: 'No.' })
    expect(differences(page, [...rows.slice(0, 2), other])).toEqual([
      'The page lacks: - Browser, everything: “No.”',
    ])
  })
})
