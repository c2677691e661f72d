import { STEPS, type StepName } from './report.ts'

export type Column = 'import' | StepName

export const COLUMNS: readonly Column[] = ['import', ...STEPS]

export type Cell =
  | { readonly result: 'ok' }
  /** The packages say in a sentence that this does not work here. */
  | { readonly result: 'refused'; readonly sentence: string }
  /** It was not tried. */
  | { readonly result: 'skipped'; readonly reason: string }
  | { readonly result: 'failed'; readonly error: string }

export type Cells = Readonly<Record<Column, Cell>>

export interface Row {
  readonly title: string
  readonly cells: Cells
}

/** A row of which all cells are the same. */
export function rowOf(title: string, cell: Cell): Row {
  return { title, cells: cellsOf(() => cell) }
}

export function cellsOf(cellOf: (column: Column) => Cell): Cells {
  const entries = COLUMNS.map((column) => [column, cellOf(column)] as const)
  return Object.fromEntries(entries) as Record<Column, Cell>
}

/** The table, and below it the sentences of what is refused. */
export function toMarkdown(rows: readonly Row[]): string {
  const lines = [
    ['Runtime', ...COLUMNS],
    ['---', ...COLUMNS.map(() => '---')],
    ...rows.map(({ title, cells }) => [title, ...COLUMNS.map((column) => cells[column].result)]),
  ]
  const table = lines.map((line) => `| ${line.join(' | ')} |`).join('\n')
  const refusals = rows.flatMap(refusalsOf)
  return refusals.length === 0 ? table : `${table}\n\n${refusals.join('\n')}`
}

function refusalsOf({ title, cells }: Row): string[] {
  const sentences = new Map<string, Column[]>()
  for (const column of COLUMNS) {
    const cell = cells[column]
    if (cell.result !== 'refused') continue
    sentences.set(cell.sentence, [...(sentences.get(cell.sentence) ?? []), column])
  }
  return [...sentences].map(([sentence, columns]) => {
    const what = columns.length === COLUMNS.length ? 'everything' : columns.join(', ')
    return `- ${title}, ${what}: “${sentence}”`
  })
}

/** Why cells failed or were not tried, one line for each reason of a row. */
export function remarks(rows: readonly Row[]): readonly string[] {
  return rows.flatMap(({ title, cells }) => {
    const columnsOf = Map.groupBy(COLUMNS, (column) => textOf(cells[column]))
    return [...columnsOf].flatMap(([text, columns]) =>
      text === undefined ? [] : [`${title}, ${columns.join(', ')}: ${text}`],
    )
  })
}

function textOf(cell: Cell): string | undefined {
  if (cell.result === 'failed') return cell.error
  return cell.result === 'skipped' ? `skipped, ${cell.reason}` : undefined
}
