import { withoutFiles } from '../platform/no-files.ts'
import type { AuditFileOptions } from './audit-options.ts'
import type { Sink } from './sink.ts'

export function createFileSink(_options: AuditFileOptions, _parts: object): Sink {
  throw withoutFiles('file', 'Give `write`, a function that takes each line, in place of `file`.')
}
