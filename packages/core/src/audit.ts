export { verifyAuditFile } from '#runtime/audit/verify-file'
export type { AuditLog } from './audit/audit-log.ts'
export { createAuditLog } from './audit/audit-log.ts'
export type { AuditFileOptions, AuditLogOptions } from './audit/audit-options.ts'
export type { AuditHead } from './audit/hash-chain.ts'
export type { AuditProblem, AuditVerification, VerifyOptions } from './audit/verification.ts'
export type { AuditFileVerification } from './audit/verify-file.ts'
export { verifyAuditLog } from './audit/verify-log.ts'
export type {
  AuditApproval,
  AuditKind,
  AuditOutcome,
  AuditRecord,
} from './records/audit-record.ts'
export { auditRecordSchema } from './records/audit-record-schema.ts'
export type { OcsfEvent, OcsfOptions } from './records/to-ocsf.ts'
export { toOcsf } from './records/to-ocsf.ts'
