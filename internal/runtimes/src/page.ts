import { COLUMNS, type Row, toMarkdown } from './table.ts'

const START = '<!-- Written by `pnpm test:runtimes --write`. -->'
const END = '<!-- The end of the table. -->'

/** The page with the table of these rows. */
export function withTable(page: string, rows: readonly Row[]): string {
  const { before, after } = partsOf(page)
  return `${before}\n\n${toMarkdown(rows)}\n\n${after}`
}

/**
 * Where the results are not what the page says, one sentence each. A cell that was skipped says nothing against the
 * page, but a row must stand there. `tested` has the titles that the page may have.
 */
export function differences(
  page: string,
  rows: readonly Row[],
  tested: readonly Pick<Row, 'title'>[] = rows,
): readonly string[] {
  const { table } = partsOf(page)
  const lines = table.split('\n')
  const documented = lines.filter((line) => line.startsWith('| ')).map(cellsIn)
  const known = new Set(tested.map(({ title }) => title))
  const foreign = documented
    .slice(2)
    .flatMap(([title = '']) =>
      known.has(title) ? [] : [`${title} is not a runtime that is tested.`],
    )
  return [...foreign, ...rows.flatMap((row) => differencesOf(row, documented, lines))]
}

function differencesOf(
  row: Row,
  documented: readonly (readonly string[])[],
  lines: readonly string[],
): string[] {
  const own = documented.find(([title]) => title === row.title)
  if (!own) return [`${row.title} is missing in the table.`]
  const cells = COLUMNS.flatMap((column, index) => {
    const { result } = row.cells[column]
    const said = own[index + 1] ?? 'nothing'
    const isSame = result === 'skipped' || result === said
    return isSame ? [] : [`${row.title}, ${column}: ${result}, and the page says ${said}.`]
  })
  const sentences = toMarkdown([row])
    .split('\n')
    .filter((line) => line.startsWith('- '))
  const unsaid = sentences.filter((line) => !lines.includes(line))
  return [...cells, ...unsaid.map((line) => `The page lacks: ${line}`)]
}

function cellsIn(line: string): readonly string[] {
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim())
}

function partsOf(page: string): { before: string; table: string; after: string } {
  const start = page.indexOf(START)
  const end = page.indexOf(END)
  if (start < 0 || end < start) throw new Error(`docs/runtimes.md must have ${START} and ${END}`)
  const from = start + START.length
  return { before: page.slice(0, from), table: page.slice(from, end), after: page.slice(end) }
}
