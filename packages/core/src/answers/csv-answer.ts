import type { AnswerContent } from '../call/response-guard.ts'
import type { HttpResponse } from '../http/send-request.ts'
import type { Scrubber } from '../scrub/secret-scrubber.ts'
import { parseCsv } from './csv.ts'
import { textOf, unreadable } from './text-answer.ts'

const CSV = /^text\/csv$/
/** RFC 4180 section 3. */
const WITHOUT_HEADER = /;\s*header\s*=\s*"?absent\b/i
const MAX_COLUMNS = 1_000
/** As of JSON. */
const MAX_VALUES = 100_000

/**
 * The records of CSV (RFC 4180), by the names of the header row. Values stay text, formulas included. A row with more or
 * fewer values than the header is refused: its values would stand under wrong names.
 */
export function readCsv(
  response: HttpResponse,
  scrubber: Scrubber,
  delimiter: string,
): AnswerContent {
  const { status } = response
  const { value: text, redacted } = textOf(response, CSV, 'CSV', scrubber)
  if (WITHOUT_HEADER.test(response.headers['content-type'] ?? '')) {
    throw unreadable(status, 'CSV without a header row')
  }
  const { rows, problem } = parseCsv(text, delimiter, MAX_VALUES)
  if (problem) throw unreadable(status, `CSV that ${problem}`)
  const [header = [], ...records] = rows
  if (header.length > MAX_COLUMNS) {
    throw unreadable(status, `CSV with more than ${MAX_COLUMNS} columns`)
  }
  const names = columnNames(header)
  const isOdd = (record: readonly string[]): boolean => record.length !== names.length
  const odd = records.findIndex(isOdd)
  if (odd !== -1) {
    const count = records[odd]?.length
    throw unreadable(
      status,
      `CSV whose record ${odd + 1} has ${count} values, and its header ${names.length}`,
    )
  }
  // Merged into another object, it would become its prototype.
  const unsafe = names.filter((name) => name === '__proto__').length
  const data = records.map((record) => {
    const named: Record<string, string> = {}
    for (const [at, name] of names.entries()) {
      if (name !== '__proto__') named[name] = record[at] ?? ''
    }
    return named
  })
  const droppedKeys = unsafe * records.length
  // A quote inside a value was two, which can have kept the halves of a secret apart.
  if (!text.includes('""')) return { data, text, redacted, droppedKeys }
  const clean = scrubber.json(data)
  return { data: clean.value, text, redacted: redacted || clean.redacted, droppedKeys }
}

/** Each name once: an empty one is `column_3`, and a second `total` is `total_2`. */
function columnNames(header: readonly string[]): string[] {
  const given = new Set(header)
  const taken = new Set<string>()
  const counts = new Map<string, number>()
  return header.map((sent, index) => {
    const plain = sent.trim() === '' ? `column_${index + 1}` : sent
    let name = plain
    while (taken.has(name) || (name !== sent && given.has(name))) {
      const count = (counts.get(plain) ?? 1) + 1
      counts.set(plain, count)
      name = `${plain}_${count}`
    }
    taken.add(name)
    return name
  })
}
