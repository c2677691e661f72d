const CR = 13
const LF = 10

/** What was read of CSV, or why it cannot be. */
export interface CsvRows {
  readonly rows: readonly (readonly string[])[]
  /** Follows "CSV that", without a full stop. */
  readonly problem?: string
}

/**
 * The rows of CSV (RFC 4180 section 2), with one character between values. Lines end in CRLF or LF: a carriage return alone
 * may be a line end of its own, so it is refused outside of quotes. A quote inside a value
 * that does not begin with one is a part of it. Empty lines are passed over.
 */
export function parseCsv(text: string, delimiter: string, maxValues: number): CsvRows {
  const rows: string[][] = []
  let row: string[] = []
  let values = 0
  let at = 0
  const lineOf = (): number => rows.length + 1
  while (at < text.length || row.length > 0) {
    const isQuoted = text[at] === '"'
    const end = isQuoted ? endOfQuoted(text, at + 1) : endOfPlain(text, at, delimiter)
    if (end === -1) return { rows: [], problem: `has a quote without an end in row ${lineOf()}` }
    row.push(isQuoted ? text.slice(at + 1, end).replaceAll('""', '"') : text.slice(at, end))
    if (++values > maxValues) return { rows: [], problem: `has more than ${maxValues} values` }
    at = isQuoted ? end + 1 : end
    if (text[at] === delimiter) {
      at += 1
      continue
    }
    const lineEnd = lineEndAt(text, at)
    if (lineEnd === 0 && at < text.length) {
      const what =
        text.charCodeAt(at) === CR ? 'a carriage return alone' : 'text after a quoted value'
      return { rows: [], problem: `has ${what} in row ${lineOf()}` }
    }
    at += lineEnd
    if (row.length > 1 || isQuoted || row[0] !== '') rows.push(row)
    row = []
  }
  return { rows }
}

/** The quote that ends a value: not one of two. */
function endOfQuoted(text: string, start: number): number {
  let end = text.indexOf('"', start)
  while (end !== -1 && text[end + 1] === '"') end = text.indexOf('"', end + 2)
  return end
}

function endOfPlain(text: string, start: number, delimiter: string): number {
  const separator = delimiter.charCodeAt(0)
  let end = start
  for (; end < text.length; end++) {
    const code = text.charCodeAt(end)
    if (code === separator || code === LF) return end
    if (code === CR) return end
  }
  return end
}

/** The length of the line break at a place. */
function lineEndAt(text: string, at: number): number {
  if (text.charCodeAt(at) === LF) return 1
  return text.charCodeAt(at) === CR && text.charCodeAt(at + 1) === LF ? 2 : 0
}
