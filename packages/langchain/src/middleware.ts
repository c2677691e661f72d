export type { AuthSecApprovalOptions } from './approval/authsec-approval.ts'
export { authsecApproval } from './approval/authsec-approval.ts'
export type { AgentRun, UserOf } from './run/agent-run.ts'
export type { ApprovalNotice } from './run/approval-notice.ts'
