import { withoutFiles } from '../platform/no-files.ts'
import type { VerifyOptions } from './verification.ts'
import type { AuditFileVerification } from './verify-file.ts'

export async function verifyAuditFile(
  _path: string | readonly string[],
  _options?: VerifyOptions,
): Promise<AuditFileVerification> {
  throw withoutFiles('verifyAuditFile', 'Give the lines of the log to verifyAuditLog.')
}
