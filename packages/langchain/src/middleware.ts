export type { AgentRun, UserOf } from './agent-run.ts'
export type { ApprovalNotice } from './approval-notice.ts'
export type { AuthSecApprovalOptions } from './authsec-approval.ts'
export { authsecApproval } from './authsec-approval.ts'
