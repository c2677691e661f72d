/** Apart from the main entry point, because Mastra's workflows take a second to load. */

export type { ApprovalSteps, AskedOperation, ShownApproval } from './approval-steps.ts'
export { approvalSteps } from './approval-steps.ts'
