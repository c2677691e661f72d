import { ConfigError } from '@authsec/core'
import { type FileLine, linesOf } from '@authsec/core/adapter'
import type { AuditRecord } from '@authsec/core/audit'
import { recordIn } from './first-line.ts'

/** A line of a log. */
interface ReadLine {
  readonly file: string
  /** Undefined for what is no record. */
  readonly record: AuditRecord | undefined
  /** It is of a mock client, so what it tells was invented. */
  readonly isMock: boolean
}

/** Reads the lines of files, one after the other. Nothing is verified. Throws a `ConfigError` for a file that cannot be read. */
export async function* readLines(files: readonly string[]): AsyncGenerator<ReadLine> {
  const mocks = new Set<string>()
  for (const file of files) {
    for await (const { bytes } of linesIn(file)) {
      const record = asRecord(recordIn(bytes))
      if (record?.mode === 'mock') mocks.add(clientOf(record))
      yield { file, record, isMock: record !== undefined && mocks.has(clientOf(record)) }
    }
  }
}

/** The last line of a file; undefined when it is no record, or has no end. */
export async function lastRecord(file: string): Promise<AuditRecord | undefined> {
  let last: FileLine | undefined
  for await (const line of linesIn(file)) last = line
  return last?.isEnded ? asRecord(recordIn(last.bytes)) : undefined
}

async function* linesIn(file: string): AsyncGenerator<FileLine> {
  try {
    yield* linesOf(file)
  } catch (error) {
    throw new ConfigError({
      code: 'config_invalid',
      message: 'A file of the audit log cannot be read.',
      hint: 'Run the command as a user who may read it.',
      cause: error,
    })
  }
}

function clientOf({ chain, client }: AuditRecord): string {
  return `${chain} ${client}`
}

const TEXTS = [
  'client',
  'mode',
  'user',
  'caller',
  'tool',
  'run',
  'resource',
  'method',
  'route',
  'provider',
  'code',
  'chain',
]

type Fields = Readonly<Record<string, unknown>>

/** Undefined for what is no record. */
function asRecord(fields: Fields | undefined): AuditRecord | undefined {
  return fields && isRecord(fields) ? fields : undefined
}

/** Whether it has the form of a record in the fields that are shown. */
function isRecord(fields: Fields): fields is Fields & AuditRecord {
  const { version, status, permission, approval } = fields
  return (
    version === 1 &&
    ['time', 'kind', 'outcome'].every((name) => typeof fields[name] === 'string') &&
    TEXTS.every((name) => isOptional('string', fields[name])) &&
    isOptional('number', status) &&
    (permission === undefined || isTexts(permission)) &&
    (approval === undefined || isApproval(approval))
  )
}

function isOptional(type: 'string' | 'number', value: unknown): boolean {
  return value === undefined || typeof value === type
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === 'string')
}

function isApproval(value: unknown): boolean {
  const { code, approver } = Object(value)
  return typeof code === 'string' && isOptional('string', approver)
}

/** Which records are wanted; each that is given must fit. */
export interface Wanted {
  readonly who?: string | undefined
  readonly run?: string | undefined
  readonly refused?: boolean | undefined
  readonly approved?: boolean | undefined
}

export function isWanted(record: AuditRecord, { who, run, refused, approved }: Wanted): boolean {
  if (!['call', 'approval', 'credentials'].includes(record.kind)) return false
  if (who !== undefined && ![record.user, record.caller, record.client].includes(who)) return false
  if (run !== undefined && record.run !== run) return false
  if (refused && !isRefused(record)) return false
  return !approved || approvedBy(record) !== undefined
}

/** By a rule, by a person, or by the API. */
export function isRefused({ outcome, status }: AuditRecord): boolean {
  return ['refused', 'denied'].includes(outcome) || status === 401 || status === 403
}

/** Of a call, `approval` is the one that it used up; of a question it says who was asked. */
export function approvedBy({ kind, outcome, approval }: AuditRecord): string | undefined {
  if (approval === undefined || (kind === 'approval' && outcome !== 'approved')) return undefined
  return approval.approver ?? approval.code
}
