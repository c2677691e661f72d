/** Approvals that have no answer yet, as errors, events and interfaces see them. */

/** The server's two ways to ask a person by CIBA, and the name the second has on newer servers (contract 3.1). */
export type CibaFlow = 'admin' | 'tenant' | 'workspace'

/** How a person was asked: by one of the flows of CIBA, or by the Agent Action Guard (contract 6). */
export type ApprovalFlow = CibaFlow | 'action-guard'

/** How dangerous the server rates an action (Agent Action Guard, contract 6). */
export interface ApprovalRisk {
  /** From 0 to 100. */
  readonly score: number
  /** `low`, `medium`, `high` or `critical`. */
  readonly level: string
}

/** Where a question stands. */
export type ApprovalStatus = 'pending' | 'approved' | 'denied' | 'expired' | 'cancelled' | 'failed'

/** What everybody may see of a question: for interfaces, streams and the model. It has nothing by which the answer could be collected. */
export interface ApprovalView {
  /** Six characters, also at the end of the message on the device. */
  readonly code: string
  /** The message as the approver's device shows it. */
  readonly message: string
  /** Who is asked, redacted as `a***@example.com` unless `approvals.showApprover` is set. */
  readonly approver: string
  /** RFC 3339. */
  readonly expiresAt: string
  readonly status: ApprovalStatus
  /** Minimum wait before somebody asks for the answer again, in seconds. */
  readonly intervalSeconds: number
  /** Of the Agent Action Guard. */
  readonly risk?: ApprovalRisk | undefined
}

/**
 * A question that was sent and has no answer yet. It works in the process that asked; `sealApproval` of the
 * client makes a text of it that another process can use.
 */
export interface PendingApproval {
  readonly flow: ApprovalFlow
  /** Who was asked: an answer by somebody else is no approval. */
  readonly approver: string
  /** SHA-256 of the action, hex. */
  readonly digest: string
  /** Six characters, also at the end of the message on the device. */
  readonly code: string
  readonly bindingMessage: string
  /** RFC 3339. */
  readonly expiresAt: string
  /** Minimum wait before the next poll, in seconds. */
  readonly intervalSeconds: number
  readonly risk?: ApprovalRisk | undefined
  /** The server's name for the question (`auth_req_id`). Whoever has it can collect the answer, so it is neither listed, printed nor serialised. */
  readonly authReqId: string
}
