import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createFakeClock, type FakeClock, watch } from '@authsec-internal/test-kit'
import {
  type AuditFileOptions,
  type AuditLog,
  type AuditLogOptions,
  type AuditRecord,
  createAuditLog,
} from '../../src/audit.ts'
import type { AuthSecError } from '../../src/errors.ts'
import { storeDirectory } from './store-directory.ts'

export interface FileBench extends Disposable {
  readonly audit: AuditLog
  readonly clock: FakeClock
  readonly folder: string
  readonly errors: AuthSecError[]
  /** The paths of the files, in order. */
  files(): string[]
  /** All lines of all files. */
  lines(): string[]
  records(): AuditRecord[]
}

/** An audit log in files of a folder of its own, watched for leaks. It writes each line at once, unless told otherwise. */
export function fileBench(
  file: Partial<AuditFileOptions> = {},
  options: Omit<AuditLogOptions, 'file' | 'write'> = {},
): FileBench {
  const directory = storeDirectory()
  const clock = createFakeClock()
  const errors: AuthSecError[] = []
  const audit = createAuditLog({
    clock,
    onError: (error) => void errors.push(error),
    ...options,
    file: { path: join(directory.path, 'audit.jsonl'), fsync: 'never', buffered: false, ...file },
  })
  const files = (): string[] =>
    readdirSync(directory.path)
      .sort()
      .map((name) => join(directory.path, name))
  const lines = (): string[] =>
    files().flatMap((path) => readFileSync(path, 'utf8').split('\n').slice(0, -1))
  return {
    ...{ audit, clock, errors, files, lines },
    folder: directory.path,
    records: () => lines().map((line) => JSON.parse(line) as AuditRecord),
    [Symbol.dispose]() {
      for (const line of lines()) watch('audit line', line)
      for (const error of errors) watch('audit error', error)
      directory[Symbol.dispose]()
    },
  }
}

/** An audit log whose lines are kept in a list. */
export function listBench(options: Omit<AuditLogOptions, 'file' | 'write'> = {}): {
  readonly audit: AuditLog
  readonly lines: string[]
  records(): AuditRecord[]
} {
  const lines: string[] = []
  const audit = createAuditLog({
    clock: createFakeClock(),
    ...options,
    write(line) {
      watch('audit line', line)
      lines.push(line)
    },
  })
  return { audit, lines, records: () => lines.map((line) => JSON.parse(line) as AuditRecord) }
}

/** The calls, without the lines about the log. */
export function callsOf(records: readonly AuditRecord[]): AuditRecord[] {
  return records.filter(({ kind }) => kind !== 'log')
}
