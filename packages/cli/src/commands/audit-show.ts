import type { AuditRecord } from '@authsec/core/audit'
import { logsAt } from '../audit/log-files.ts'
import { COLUMNS, cellsOf, tableLines } from '../audit/record-table.ts'
import { isRefused, isWanted, readLines, type Wanted } from '../audit/records.ts'
import { printFailure } from '../output/failure.ts'
import type { Io } from '../output/io.ts'
import { jsonLine, paint, printable, withoutTokens } from '../output/text.ts'

export interface AuditShowFlags extends Wanted {
  readonly json?: boolean | undefined
}

/** Shows what a log says about calls. Returns 1 when a line is no record, or a file cannot be read. */
export async function auditShow(
  paths: readonly string[],
  flags: AuditShowFlags,
  io: Io,
): Promise<number> {
  const files = logsAt(paths, io.cwd).flatMap((log) => log.files)
  const unread = new Map<string, number>()
  const printer = flags.json ? jsonPrinter(io) : tablePrinter(io)
  try {
    for await (const { file, record, isMock } of readLines(files)) {
      if (!record) unread.set(file, (unread.get(file) ?? 0) + 1)
      else if (isWanted(record, flags)) printer.add(record, isMock)
    }
    printer.end()
  } catch (error) {
    printer.end()
    return printFailure(error, flags.json ?? false, io)
  }
  for (const [file, count] of unread) tellUnread(file, count, io)
  return unread.size === 0 ? 0 : 1
}

function tellUnread(file: string, count: number, io: Io): void {
  const lines = count === 1 ? '1 line is' : `${count} lines are`
  io.err(`authsec: ${lines} no record in ${printable(file)}. authsec audit verify tells more.\n`)
}

interface Printer {
  add(record: AuditRecord, isMock: boolean): void
  end(): void
}

function jsonPrinter(io: Io): Printer {
  return { add: (record) => io.out(withoutTokens(jsonLine(record))), end: () => undefined }
}

/** So many rows wait until they are printed, so that a log of any size fits into memory. */
const PAGE = 500

function tablePrinter(io: Io): Printer {
  const widths: number[] = []
  let page: { readonly cells: readonly string[]; readonly isRefused: boolean }[] = []
  let isFirst = true

  function print(): void {
    const head = isFirst ? [COLUMNS] : []
    const lines = tableLines([...head, ...page.map(({ cells }) => cells)], widths)
    for (const [index, line] of lines.entries()) {
      const row = page[index - head.length]
      const tone = row === undefined ? 'dim' : row.isRefused ? 'bad' : undefined
      io.out(`${tone === undefined ? line : paint(io, tone, line)}\n`)
    }
    isFirst = false
    page = []
  }

  return {
    add(record, isMock) {
      page.push({ cells: cellsOf(record, isMock), isRefused: isRefused(record) })
      if (page.length >= PAGE) print()
    },
    end() {
      if (page.length > 0) print()
      else if (isFirst && io.isTerminal) io.out('No record fits.\n')
      isFirst = false
    },
  }
}
