import type { AuditRecord } from '@authsec/core/audit'
import type { TracedRow } from './rows.ts'

/** The rows that the lines of an audit log tell, by nothing else. */
export function rowsOfAuditLog(lines: readonly string[]): readonly TracedRow[] {
  return lines
    .map((line) => JSON.parse(line) as AuditRecord)
    .filter(({ kind, outcome }) => kind === 'call' && outcome !== 'started')
    .map(rowOf)
}

function rowOf(record: AuditRecord): TracedRow {
  const { status, code, approval, token, toolCallId, run } = record
  return {
    callId: record.callId ?? '',
    user: record.user ?? '',
    tool: record.tool ?? '',
    resource: record.resource ?? '',
    method: record.method ?? '',
    route: record.route ?? '',
    permission: record.permission ?? [],
    outcome: record.outcome as TracedRow['outcome'],
    attempts: record.attempts ?? 0,
    ...(status !== undefined && { status }),
    ...(code !== undefined && { code }),
    ...(token !== undefined && { token }),
    ...(toolCallId !== undefined && { toolCallId }),
    ...(run !== undefined && { run }),
    ...(approval?.approver !== undefined && {
      approvedBy: approval.approver,
      approvalCode: approval.code,
    }),
  }
}
