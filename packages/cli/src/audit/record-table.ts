import type { AuditRecord } from '@authsec/core/audit'
import { printable, withoutTokens } from '../output/text.ts'
import { approvedBy } from './records.ts'

export const COLUMNS = ['time', 'who', 'tool', 'call', 'permission', 'approved by', 'outcome']

/** A longer text is cut, so that a row stays readable. */
const MAX_CHARACTERS = 60

/** The cells of a record, in the order of the columns. */
export function cellsOf(record: AuditRecord, isMock: boolean): readonly string[] {
  const { permission } = record
  const cells = [
    record.time,
    whoOf(record),
    record.tool,
    callOf(record),
    permission?.join(', '),
    approvedBy(record),
    `${outcomeOf(record)}${isMock ? ' (mock)' : ''}`,
  ]
  return cells.map(cell)
}

function whoOf({ user, caller, client }: AuditRecord): string | undefined {
  const person = user ?? caller
  if (person === undefined || client === undefined) return person ?? client
  return `${person} (${client})`
}

function callOf({ kind, method, resource, route, provider }: AuditRecord): string {
  if (provider !== undefined || kind === 'credentials') return `credentials of ${provider ?? '-'}`
  return joined(method, resource === undefined ? undefined : `${resource}:`, route)
}

function outcomeOf({ kind, outcome, status, code, approval }: AuditRecord): string {
  if (kind !== 'approval') return joined(outcome, status, code)
  const reason = code === `approval_${outcome}` ? undefined : code
  return joined('approval', outcome, status, reason, approval?.code)
}

function joined(...parts: readonly (string | number | undefined)[]): string {
  return parts.filter((part) => part !== undefined).join(' ')
}

function cell(value = ''): string {
  if (value === '') return '-'
  const text = printable(withoutTokens(value))
  const letters = [...text]
  return letters.length <= MAX_CHARACTERS
    ? text
    : `${letters.slice(0, MAX_CHARACTERS - 1).join('')}…`
}

/** Lines of cells below one another. `widths` keeps what earlier lines needed. */
export function tableLines(
  table: readonly (readonly string[])[],
  widths: number[],
): readonly string[] {
  for (const cells of table) {
    for (const [index, text] of cells.entries()) {
      widths[index] = Math.max(widths[index] ?? 0, [...text].length)
    }
  }
  const pad = (text: string, index: number): string =>
    text + ' '.repeat((widths[index] ?? 0) - [...text].length)
  return table.map((cells) => cells.map(pad).join('  ').trimEnd())
}
